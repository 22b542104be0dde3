import type { DType } from "../ir/dtype.js";
import { type AttributeReader, OpError } from "./op.js";

/**
 * TensorProto.DataType by number, up to ONNX 1.20 (onnx-proto's own table ends at BFLOAT16).
 * Entries without `dtype` are types that vcgen does not compute with.
 */
interface OnnxDataType {
  readonly name: string;
  readonly dtype?: DType;
  /** Bits an element takes in `raw_data`. */
  readonly bits: number;
}

const table: Readonly<Record<number, OnnxDataType>> = {
  1: { name: "FLOAT", dtype: "float32", bits: 32 },
  2: { name: "UINT8", dtype: "uint8", bits: 8 },
  3: { name: "INT8", dtype: "int8", bits: 8 },
  4: { name: "UINT16", dtype: "uint16", bits: 16 },
  5: { name: "INT16", dtype: "int16", bits: 16 },
  6: { name: "INT32", dtype: "int32", bits: 32 },
  7: { name: "INT64", dtype: "int64", bits: 64 },
  8: { name: "STRING", bits: 0 },
  9: { name: "BOOL", dtype: "bool", bits: 8 },
  10: { name: "FLOAT16", bits: 16 },
  11: { name: "DOUBLE", dtype: "float64", bits: 64 },
  12: { name: "UINT32", dtype: "uint32", bits: 32 },
  13: { name: "UINT64", dtype: "uint64", bits: 64 },
  14: { name: "COMPLEX64", bits: 64 },
  15: { name: "COMPLEX128", bits: 128 },
  16: { name: "BFLOAT16", bits: 16 },
  17: { name: "FLOAT8E4M3FN", bits: 8 },
  18: { name: "FLOAT8E4M3FNUZ", bits: 8 },
  19: { name: "FLOAT8E5M2", bits: 8 },
  20: { name: "FLOAT8E5M2FNUZ", bits: 8 },
  21: { name: "UINT4", dtype: "uint4", bits: 4 },
  22: { name: "INT4", dtype: "int4", bits: 4 },
  23: { name: "FLOAT4E2M1", bits: 4 },
  24: { name: "FLOAT8E8M0", bits: 8 },
  25: { name: "UINT2", bits: 2 },
  26: { name: "INT2", bits: 2 },
};

/** The type a TensorProto.DataType number stands for; undefined for UNDEFINED (0) and unknown numbers. */
export const onnxDataType = (number: number): OnnxDataType | undefined => table[number];

/** A data type as messages name it: `FLOAT16`, or `data type 99` for a number ONNX does not define. */
export const dataTypeName = (number: number): string => table[number]?.name ?? `data type ${number}`;

/** Reads an attribute that names an element type; `fallback` where it is absent. */
export const dtypeAttribute =
  <T extends DType | undefined>(fallback: T): AttributeReader<DType | T> =>
  (value, name) => {
    if (value === undefined) return fallback;
    const dtype = table[value as number]?.dtype;
    if (dtype) return dtype;
    throw new OpError(`attribute "${name}" is ${dataTypeName(value as number)}`, undefined, "unsupported");
  };
