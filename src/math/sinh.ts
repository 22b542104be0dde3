import { expScaled } from "./exp.js";
import { copySign } from "./float-bits.js";

const f = Math.fround;

/** (sinh(x) - x) / x^3 as a polynomial in x^2, for |x| < 1. */
const P = [0.166666672, 0.00833331048, 0.000198428956, 2.78221319e-6].map(f);

/**
 * Hyperbolic sine: an odd polynomial near 0, h - 1 / (4 h) with h = e^|x| / 2 elsewhere. Error at most
 * 1.62 ulp.
 */
export function sinh(x: number): number {
  const a = Math.abs(x);
  if (a < 1) {
    const s = f(a * a);
    let p = P[3];
    for (let i = 2; i >= 0; i--) p = f(f(p * s) + P[i]);
    return copySign(f(a + f(f(a * s) * p)), x);
  }
  const h = expScaled(a, -1);
  const r = f(h - f(0.25 / h));
  return copySign(r, x);
}
