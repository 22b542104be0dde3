import { asinPolynomial } from "./asin-polynomial.js";
import { sqrt } from "./sqrt.js";

const f = Math.fround;

const HALF_PI_HI = f(1.57079637);
const HALF_PI_LO = f(-4.37113883e-8);

/**
 * Arc sine in radians; NaN for |x| > 1. Above 0.5 it is pi/2 - 2 asin(sqrt((1 - x) / 2)). Error at most
 * 2.03 ulp.
 */
export function asin(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 1)) return NaN;
  if (a <= 0.5) return f(x + f(x * asinPolynomial(f(x * x))));
  const z = f(0.5 * f(1 - a));
  const s = sqrt(z);
  const p = f(s * asinPolynomial(z));
  const r = f(f(HALF_PI_HI - f(2 * s)) - f(f(2 * p) - HALF_PI_LO));
  return x < 0 ? -r : r;
}
