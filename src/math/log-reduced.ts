const f = Math.fround;

/** ln 2 in two parts; the first has 15 significant bits, so that its product with |k| <= 150 is exact. */
const LN2_HI = f(0.693145752);
const LN2_LO = f(1.42860677e-6);

/** (ln(1 + t) - t + t^2 / 2) / t^3 for sqrt(0.5) - 1 <= t <= sqrt(2) - 1. */
const P = [
  0.333333135, -0.250000089, 0.200020716, -0.166679889, 0.142203584, -0.124062337, 0.118835486, -0.116700977,
  0.0674926788,
].map(f);

/**
 * k * ln 2 + ln(1 + t) + correction, for an integer |k| <= 150 and sqrt(0.5) - 1 <= t <= sqrt(2) - 1.
 */
export function logReduced(t: number, k: number, correction: number): number {
  const s = f(t * t);
  let p = P[8];
  for (let i = 7; i >= 0; i--) p = f(f(p * t) + P[i]);
  p = f(f(t * s) * p);
  const low = f(f(k * LN2_LO) + correction);
  return f(f(k * LN2_HI) + f(t - f(f(0.5 * s) - f(p + low))));
}
