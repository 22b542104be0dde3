const f = Math.fround;

/** (cos(r) - 1 + r^2 / 2) / r^4 as a polynomial in r^2. */
const P = [0.0416666456, -0.00138873095, 2.44323273e-5].map(f);

/** cos(r) for |r| <= pi/4. */
export function cosReduced(r: number): number {
  const s = f(r * r);
  const p = f(f(f(f(P[2] * s) + P[1]) * s) + P[0]);
  return f(1 - f(f(0.5 * s) - f(f(s * s) * p)));
}
