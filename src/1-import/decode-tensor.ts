import type { Diagnostics } from "../diagnostics/diagnostic.js";
import { type DType, dtypeInfo, isBigInt, type TypedArray } from "../ir/dtype.js";
import { dataTypeName, onnxDataType } from "../ops/data-type.js";
import { type ReadExternal, readExternalData } from "./external-data.js";
import { bfloat16Value, float16Value } from "./float16.js";
import type { OnnxTensor } from "./model.js";
import type { onnx } from "./proto.js";

/** Largest tensor that is taken in, in bytes: what a protobuf file can hold. */
export const maxTensorBytes = 2 ** 31 - 1;

export interface DecodeContext {
  readonly diagnostics: Diagnostics;
  readonly readExternal?: ReadExternal;
  /** Whether attributes may refer to those of a function's call. */
  readonly inFunction?: boolean;
}

/**
 * The tensor in a TensorProto: raw, typed or external data; 4-bit types one element to a byte; float16
 * and bfloat16 as float32. Undefined after reporting, about `origin`, what is wrong with it.
 */
export function decodeTensor(
  proto: onnx.ITensorProto,
  origin: string,
  context: DecodeContext,
): OnnxTensor | undefined {
  const report = (code: string, message: string, hint?: string): undefined =>
    void context.diagnostics.error(code, message, { origin, hint });

  const number = proto.dataType ?? 0;
  const encoding = number === 10 ? "FLOAT16" : number === 16 ? "BFLOAT16" : undefined;
  const dtype = encoding ? "float32" : onnxDataType(number)?.dtype;
  if (!dtype)
    return report("import/unsupported-type", `tensors of ${dataTypeName(number)} are not supported`);
  if (proto.segment) return report("import/unsupported-tensor", "tensors in segments are not supported");

  const shape = (proto.dims ?? []).map(Number);
  if (shape.some((d) => d < 0)) {
    return report("import/negative-dimension", `has the negative dimension in [${shape.join(",")}]`);
  }
  const count = shape.reduce((n, d) => n * d, 1);
  const bits = onnxDataType(number)!.bits;
  if (count * Math.max(bits, 8) > maxTensorBytes * 8) {
    return report("import/tensor-too-large", `has shape [${shape.join(",")}], more than 2 GB`);
  }

  const byteLength = Math.ceil((count * bits) / 8);
  let raw: Uint8Array | undefined;
  if (proto.dataLocation === 1) {
    const entries = new Map((proto.externalData ?? []).map((e) => [e.key ?? "", e.value ?? ""]));
    raw = readExternalData(entries, byteLength, origin, context.diagnostics, context.readExternal);
    if (!raw) return undefined;
  } else if (proto.rawData?.length) raw = proto.rawData;

  if (raw) {
    if (raw.length !== byteLength) {
      return report(
        "import/tensor-data-length",
        `raw_data holds ${raw.length} bytes, ${dataTypeName(number)}[${shape.join(",")}] needs ${byteLength}`,
      );
    }
    return { dtype, shape, data: fromBytes(raw, dtype, count, encoding), encoding };
  }

  const [field, list] = typedData(proto, number);
  const needed = bits === 4 ? byteLength : count;
  if (list.length !== needed) {
    return report(
      "import/tensor-data-length",
      `${field} holds ${list.length} values, ${dataTypeName(number)}[${shape.join(",")}] needs ${needed}`,
    );
  }
  if (encoding || bits === 4) {
    const bytes = new (bits === 4 ? Uint8Array : Uint16Array)(list as number[]);
    return { dtype, shape, data: fromBytes(new Uint8Array(bytes.buffer), dtype, count, encoding), encoding };
  }
  const data = new dtypeInfo[dtype].array(count);
  for (let i = 0; i < count; i++) {
    const value = list[i];
    if (typeof value === "number" && !fits(value, dtype)) {
      return report("import/tensor-data-range", `${field}[${i}] is ${value}, which is no ${dtype}`);
    }
    data[i] = isBigInt(dtype) ? BigInt(value.toString()) : Number(value);
  }
  return { dtype, shape, data };
}

/** The field of the proto that carries a type's elements where they are not raw (onnx.proto, TensorProto). */
function typedData(
  proto: onnx.ITensorProto,
  number: number,
): [field: string, ArrayLike<number | { toString(): string }>] {
  switch (number) {
    case 1:
      return ["float_data", proto.floatData ?? []];
    case 7:
      return ["int64_data", proto.int64Data ?? []];
    case 11:
      return ["double_data", proto.doubleData ?? []];
    case 12:
    case 13:
      return ["uint64_data", proto.uint64Data ?? []];
    default:
      return ["int32_data", proto.int32Data ?? []];
  }
}

function fits(value: number, dtype: DType): boolean {
  const { kind, min, max } = dtypeInfo[dtype];
  return kind === "float" || (value >= min && value <= max);
}

/** Little-endian elements, as raw_data and external files hold them. */
function fromBytes(
  bytes: Uint8Array,
  dtype: DType,
  count: number,
  encoding: OnnxTensor["encoding"],
): TypedArray {
  if (dtype === "int4" || dtype === "uint4") {
    const data = new dtypeInfo[dtype].array(count);
    // The first of two elements is in the low half of the byte.
    for (let i = 0; i < count; i++) {
      const nibble = (bytes[i >> 1] >> (i & 1 ? 4 : 0)) & 15;
      data[i] = dtype === "int4" && nibble > 7 ? nibble - 16 : nibble;
    }
    return data;
  }
  // A copy, since the elements may be unaligned in the file.
  const { buffer } = Uint8Array.from(bytes);
  if (encoding) {
    return Float32Array.from(new Uint16Array(buffer), encoding === "FLOAT16" ? float16Value : bfloat16Value);
  }
  if (dtype === "bool") return new Uint8Array(buffer).map((v) => (v ? 1 : 0));
  const { array } = dtypeInfo[dtype];
  return new (array as unknown as new (buffer: ArrayBuffer) => TypedArray)(buffer);
}
