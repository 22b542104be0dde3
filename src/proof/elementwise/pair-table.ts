import { dtypeInfo } from "../../ir/dtype.js";

export type ByteDType = "int8" | "uint8";

/** A function of two 8-bit operands, by its output for each of the 65,536 pairs. */
export interface PairTable {
  readonly a: ByteDType;
  readonly b: ByteDType;
  readonly y: ByteDType;
  /** The output for (a, b) stands at (a & 255) * 256 + (b & 255). */
  readonly outputs: Int8Array | Uint8Array;
}

export const pairIndex = (a: number, b: number): number => ((a & 255) << 8) | (b & 255);

/** Every value of an 8-bit type, from the smallest. */
export const bytesOf = (dtype: ByteDType): number[] =>
  Array.from({ length: 256 }, (_, i) => dtypeInfo[dtype].min + i);
