import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { type Scalar, wrap } from "./arithmetic.js";

const isFloat = (dtype: DType): boolean => dtypeInfo[dtype].kind === "float";

/**
 * A value converted to another element type, as ONNX Runtime on x86-64 has it.
 *
 * - to a float type: the nearest value, ties to even
 * - to bool: whether it is not 0 (a NaN is not 0)
 * - integer to integer: modulo 2^bits
 * - float to integer: towards zero, into 32 bits (64 for uint32, int64 and uint64), then modulo 2^bits.
 *   NaN and what does not fit the 32 or 64 bits becomes their smallest value. ONNX leaves these undefined.
 */
export function cast(x: Scalar, from: DType, to: DType): Scalar {
  if (isFloat(to)) return toFloat(x, to);
  if (!isFloat(from) || to === "bool") return wrap(to, x);
  const value = Math.trunc(x as number);
  if (to === "uint64" && value >= 2 ** 63) return wrap(to, toInt(value - 2 ** 63, 63) + 2n ** 63n);
  const wide = to === "uint32" || to === "int64" || to === "uint64";
  return wrap(to, toInt(value, wide ? 63 : 31));
}

/** A whole number with |x| <= 2^bits, or -2^bits for any other. */
const toInt = (x: number, bits: number): bigint =>
  x >= -(2 ** bits) && x < 2 ** bits ? BigInt(x) : -(2n ** BigInt(bits));

function toFloat(x: Scalar, to: DType): number {
  if (typeof x === "number") return to === "float32" ? Math.fround(x) : x;
  if (to === "float64") return Number(x);
  // Two roundings could differ from one: the bits that a double lacks only matter as not being zero.
  const magnitude = x < 0n ? -x : x;
  const excess = BigInt(Math.max(magnitude.toString(2).length - 53, 0));
  const kept = magnitude >> excess;
  const sticky = kept << excess === magnitude ? 0n : 1n;
  const rounded = Math.fround(Number(kept | sticky) * 2 ** Number(excess));
  return x < 0n ? -rounded : rounded;
}
