import { exp } from "./exp.js";
import { copySign } from "./float-bits.js";

const f = Math.fround;

/** (erf(x) - x) / x as a polynomial in x^2, for |x| < 0.9375. */
const P = [
  0.128379166, -0.37612626, 0.112835787, -0.0268533472, 0.0051871622, -0.00079978531, 7.80690316e-5,
].map(f);

/** -ln(1 - erf(x)) for 0.9375 <= x <= 4. */
const Q = [
  -0.000169203791, 1.12948835, 0.633401096, 0.108219944, -0.025080204, 0.00415604375, -0.000431337685,
  2.08226411e-5,
].map(f);

/** Error function: an odd polynomial near 0, 1 - e^-Q(|x|) elsewhere; 1 from 4 on. Error at most 1.31 ulp. */
export function erf(x: number): number {
  const a = Math.min(Math.abs(x), 4);
  if (a < 0.9375) {
    const s = f(a * a);
    let p = P[6];
    for (let i = 5; i >= 0; i--) p = f(f(p * s) + P[i]);
    return copySign(f(a + f(a * p)), x);
  }
  let q = Q[7];
  for (let i = 6; i >= 0; i--) q = f(f(q * a) + Q[i]);
  const r = f(1 - exp(-q));
  return copySign(r, x);
}
