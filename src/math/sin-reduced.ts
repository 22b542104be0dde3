const f = Math.fround;

/** (sin(r) - r) / r^3 as a polynomial in r^2. */
const P = [-0.166666552, 0.00833218917, -0.000195182831].map(f);

/** sin(r) for |r| <= pi/4. */
export function sinReduced(r: number): number {
  const s = f(r * r);
  const p = f(f(f(f(P[2] * s) + P[1]) * s) + P[0]);
  return f(r + f(f(r * s) * p));
}
