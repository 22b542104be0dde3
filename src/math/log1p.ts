import { logReduced } from "./log-reduced.js";
import { splitExponent } from "./split-exponent.js";

const f = Math.fround;

/** ln(1 + x): accurate near 0; -Infinity at -1, NaN below. Error at most 0.84 ulp. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x === Infinity || x === 0) return x;
  if (x > -0.29289323 && x < 0.414213568) return logReduced(x, 0, 0);
  // 1 + x as u plus its rounding error, which adds (error / u) to ln u.
  const u = f(1 + x);
  const error = x >= 1 ? f(1 - f(u - x)) : f(x - f(u - 1));
  const { m, k } = splitExponent(u);
  return logReduced(f(m - 1), k, f(error / u));
}
