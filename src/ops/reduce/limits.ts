import { type DType, dtypeInfo } from "../../ir/dtype.js";
import type { Scalar } from "../elementwise/arithmetic.js";

/** The smallest and the largest value of a type: what Max and Min of no elements give. */
export const lowest = (dtype: DType): Scalar => (dtype === "int64" ? -(2n ** 63n) : bound(dtype, "min"));
export const highest = (dtype: DType): Scalar =>
  dtype === "int64" ? 2n ** 63n - 1n : dtype === "uint64" ? 2n ** 64n - 1n : bound(dtype, "max");
const bound = (dtype: DType, which: "min" | "max"): Scalar =>
  dtype === "uint64" ? BigInt(dtypeInfo[dtype][which]) : dtypeInfo[dtype][which];
