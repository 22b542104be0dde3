import { floatFromBits, floatToBits } from "./float-bits.js";

const f = Math.fround;

/** Bit pattern of sqrt(0.5). */
const SQRT_HALF = 0x3f3504f3;

/** m and k with x = m * 2^k and sqrt(0.5) <= m < sqrt(2), for finite x > 0. Exact. */
export function splitExponent(x: number): { m: number; k: number } {
  const denormal = x < 1.17549435e-38;
  const bits = floatToBits(denormal ? f(x * 8388608) : x) + (0x3f800000 - SQRT_HALF);
  return {
    m: floatFromBits((bits & 0x7fffff) + SQRT_HALF),
    k: (bits >>> 23) - 127 - (denormal ? 23 : 0),
  };
}
