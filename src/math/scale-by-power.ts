import { floatFromBits } from "./float-bits.js";

const f = Math.fround;

/** 2^n as a float32, -126 <= n <= 127. */
const powerOfTwo = (n: number): number => floatFromBits((n + 127) << 23);

/**
 * x * 2^n for -252 <= n <= 254. Two multiplications, so that the result may overflow or be denormal; for
 * 0.5 <= x <= 2 the first is exact, and so the result is rounded once.
 */
export function scaleByPower(x: number, n: number): number {
  const half = Math.trunc(n / 2);
  return f(f(x * powerOfTwo(half)) * powerOfTwo(n - half));
}
