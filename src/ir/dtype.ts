/**
 * Element types. The names are ONNX's (TensorProto.DataType), lower case.
 *
 * `int4` and `uint4` are held one element to a byte wherever vcgen computes with them; packing two to a
 * byte is a property of the file format and of weights in flash, not of the type.
 */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

interface DTypeInfo {
  /** Spelling in generated C (C11, <stdint.h>). */
  readonly c: string;
  /** Bytes an element takes in generated C and in the arena. */
  readonly bytes: number;
  readonly kind: "float" | "int" | "uint" | "bool";
  /** Smallest and largest value, for the integer types that fit a JavaScript number. */
  readonly min: number;
  readonly max: number;
  readonly array: new (length: number) => TypedArray;
}

const info = {
  float32: { c: "float", bytes: 4, kind: "float", min: -Infinity, max: Infinity, array: Float32Array },
  float64: { c: "double", bytes: 8, kind: "float", min: -Infinity, max: Infinity, array: Float64Array },
  int4: { c: "int8_t", bytes: 1, kind: "int", min: -8, max: 7, array: Int8Array },
  uint4: { c: "uint8_t", bytes: 1, kind: "uint", min: 0, max: 15, array: Uint8Array },
  int8: { c: "int8_t", bytes: 1, kind: "int", min: -128, max: 127, array: Int8Array },
  uint8: { c: "uint8_t", bytes: 1, kind: "uint", min: 0, max: 255, array: Uint8Array },
  int16: { c: "int16_t", bytes: 2, kind: "int", min: -32768, max: 32767, array: Int16Array },
  uint16: { c: "uint16_t", bytes: 2, kind: "uint", min: 0, max: 65535, array: Uint16Array },
  int32: { c: "int32_t", bytes: 4, kind: "int", min: -2147483648, max: 2147483647, array: Int32Array },
  uint32: { c: "uint32_t", bytes: 4, kind: "uint", min: 0, max: 4294967295, array: Uint32Array },
  int64: { c: "int64_t", bytes: 8, kind: "int", min: -(2 ** 63), max: 2 ** 63, array: BigInt64Array },
  uint64: { c: "uint64_t", bytes: 8, kind: "uint", min: 0, max: 2 ** 64, array: BigUint64Array },
  bool: { c: "uint8_t", bytes: 1, kind: "bool", min: 0, max: 1, array: Uint8Array },
} as const satisfies Record<string, DTypeInfo>;

export type DType = keyof typeof info;

export const dtypeInfo: Readonly<Record<DType, DTypeInfo>> = info;

/** Types an 8-, 4- or 16-bit quantized activation or weight may have. */
export type QuantDType = "int4" | "uint4" | "int8" | "uint8" | "int16" | "uint16";

export function isQuantDType(dtype: DType): dtype is QuantDType {
  return (
    dtype === "int8" ||
    dtype === "uint8" ||
    dtype === "int16" ||
    dtype === "uint16" ||
    dtype === "int4" ||
    dtype === "uint4"
  );
}

export const isBigInt = (dtype: DType): dtype is "int64" | "uint64" =>
  dtype === "int64" || dtype === "uint64";
