import { log } from "./log.js";
import { log1p } from "./log1p.js";
import { sqrt } from "./sqrt.js";

const f = Math.fround;

const LN2 = f(0.693147182);

/** Inverse hyperbolic cosine; NaN below 1. Error at most 2.42 ulp. */
export function acosh(x: number): number {
  if (!(x >= 1)) return NaN;
  if (x > 4096) return f(log(x) + LN2);
  const t = f(x - 1);
  return log1p(f(t + sqrt(f(t * f(t + 2)))));
}
