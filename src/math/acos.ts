import { asinPolynomial } from "./asin-polynomial.js";
import { floatFromBits, floatToBits } from "./float-bits.js";
import { sqrt } from "./sqrt.js";

const f = Math.fround;

const HALF_PI_HI = f(1.57079637);
const HALF_PI_LO = f(-4.37113883e-8);
const PI_HI = f(3.14159274);
const PI_LO = f(-8.74227766e-8);

/**
 * Arc cosine in radians; NaN for |x| > 1. Beyond +-0.5 it comes from 2 asin(sqrt((1 - |x|) / 2)). Error at
 * most 1.05 ulp.
 */
export function acos(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 1)) return NaN;
  if (a <= 0.5) return f(HALF_PI_HI - f(x - f(HALF_PI_LO - f(x * asinPolynomial(f(x * x))))));
  if (x === 1) return 0;
  const z = f(0.5 * f(1 - a));
  const s = sqrt(z);
  const p = f(s * asinPolynomial(z));
  if (x < 0) return f(PI_HI - f(f(2 * f(s + p)) - PI_LO));
  // The root's rounding error, from its upper 12 bits whose square is exact.
  const upper = floatFromBits((floatToBits(s) & 0xfffff000) >>> 0);
  const error = f(f(z - f(upper * upper)) / f(s + upper));
  return f(2 * f(upper + f(p + error)));
}
