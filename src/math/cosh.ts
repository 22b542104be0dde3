import { expScaled } from "./exp.js";

const f = Math.fround;

/** Hyperbolic cosine: h + 1 / (4 h) with h = e^|x| / 2. Error at most 1.44 ulp. */
export function cosh(x: number): number {
  const h = expScaled(Math.abs(x), -1);
  return f(h + f(0.25 / h));
}
