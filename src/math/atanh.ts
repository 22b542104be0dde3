import { copySign } from "./float-bits.js";
import { log } from "./log.js";

const f = Math.fround;

/** (atanh(x) - x) / x^3 as a polynomial in x^2, for |x| < 0.5. */
const P = [0.333333015, 0.200024545, 0.14223744, 0.118167907, 0.0515879355, 0.176402375].map(f);

/** Inverse hyperbolic tangent; infinite at +-1, NaN beyond. Error at most 1.33 ulp. */
export function atanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.5) {
    const s = f(a * a);
    let p = P[5];
    for (let i = 4; i >= 0; i--) p = f(f(p * s) + P[i]);
    return copySign(f(a + f(f(a * s) * p)), x);
  }
  const r = f(0.5 * log(f(f(1 + a) / f(1 - a))));
  return copySign(r, x);
}
