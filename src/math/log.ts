import { logReduced } from "./log-reduced.js";
import { splitExponent } from "./split-exponent.js";

const f = Math.fround;

/** Natural logarithm: -Infinity at 0, NaN below. Error at most 0.83 ulp. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const { m, k } = splitExponent(x);
  return logReduced(f(m - 1), k, 0);
}
