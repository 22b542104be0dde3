import { copySign } from "./float-bits.js";
import { log } from "./log.js";
import { log1p } from "./log1p.js";
import { sqrt } from "./sqrt.js";

const f = Math.fround;

const LN2 = f(0.693147182);

/** (asinh(x) - x) / x^3 as a polynomial in x^2, for |x| < 0.5. */
const P = [-0.166666433, 0.0749864057, -0.0443829559, 0.028160993, -0.0132231619].map(f);

/** Inverse hyperbolic sine. Error at most 1.78 ulp. */
export function asinh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.5) {
    const s = f(a * a);
    let p = P[4];
    for (let i = 3; i >= 0; i--) p = f(f(p * s) + P[i]);
    return copySign(f(a + f(f(a * s) * p)), x);
  }
  const s = f(a * a);
  const r = a > 4096 ? f(log(a) + LN2) : log1p(f(a + f(s / f(1 + sqrt(f(1 + s))))));
  return copySign(r, x);
}
