import { exp } from "./exp.js";
import { copySign } from "./float-bits.js";

const f = Math.fround;

/** (tanh(x) - x) / x^3 as a polynomial in x^2, for |x| < 0.625. */
const P = [-0.333332807, 0.133314058, -0.0537365153, 0.0206281673, -0.0056922962].map(f);

/** Hyperbolic tangent: an odd polynomial near 0, 1 - 2 / (e^2|x| + 1) elsewhere. Error at most 1.34 ulp. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.625) {
    const s = f(a * a);
    let p = P[4];
    for (let i = 3; i >= 0; i--) p = f(f(p * s) + P[i]);
    return copySign(f(a + f(f(a * s) * p)), x);
  }
  const r = f(1 - f(2 / f(exp(f(2 * a)) + 1)));
  return copySign(r, x);
}
