import { scaleByPower } from "./scale-by-power.js";

const f = Math.fround;

const LOG2_E = f(1.44269502);
/** ln 2 in two parts; the first has 15 significant bits, so that its product with |n| <= 150 is exact. */
const LN2_HI = f(0.693145752);
const LN2_LO = f(1.42860677e-6);
/** 1.5 * 2^23: adding and subtracting it rounds |x| < 2^22 to an integer, halves to even. */
const ROUND = 12582912;

/** (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2. */
const P = [0.49999994, 0.166665211, 0.0416682623, 0.00836867467, 0.00138210563].map(f);

/**
 * e^x * 2^scale, for scale in {-1, 0}.
 *
 * With n = rne(x * log2(e)) and r = x - n * ln 2, the result is e^r * 2^n; e^r = 1 + (r + r^2 * P(r)).
 */
export function expScaled(x: number, scale: number): number {
  if (Number.isNaN(x)) return x;
  const c = Math.min(Math.max(x, -105), 91);
  const n = f(f(f(c * LOG2_E) + ROUND) - ROUND);
  const r = f(f(c - f(n * LN2_HI)) - f(n * LN2_LO));
  let p = P[4];
  p = f(f(p * r) + P[3]);
  p = f(f(p * r) + P[2]);
  p = f(f(p * r) + P[1]);
  p = f(f(p * r) + P[0]);
  const y = f(f(r + f(f(r * r) * p)) + 1);
  return scaleByPower(y, n + scale);
}

/** e^x. Error at most 0.99 ulp. */
export const exp = (x: number): number => expScaled(x, 0);
