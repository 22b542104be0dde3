import type { DType } from "../ir/dtype.js";
import { type AttributeReader, OpError } from "./op.js";

/** The types that attributes name by their TensorProto.DataType number. */
const dtypes: ReadonlyMap<number, DType> = new Map<number, DType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [21, "uint4"],
  [22, "int4"],
]);

/** Reads an attribute that names an element type; `fallback` where it is absent. */
export const dtypeAttribute =
  <T extends DType | undefined>(fallback: T): AttributeReader<DType | T> =>
  (value, name) => {
    if (value === undefined) return fallback;
    const dtype = dtypes.get(value as number);
    if (!dtype)
      throw new OpError(`attribute "${name}" is data type ${String(value)}`, undefined, "unsupported");
    return dtype;
  };
