import { reduceAngle } from "./reduce-angle.js";

const f = Math.fround;

/** (tan(r) - r) / r^3 as a polynomial in r^2, for |r| <= pi/4. */
const P = [
  0.333333492, 0.133326754, 0.0540589094, 0.0212862547, 0.0108272452, 9.85965817e-5, 0.0043724766,
].map(f);

/** Tangent of x radians; NaN for infinite x. Error at most 2.54 ulp. */
export function tan(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  const { r, quadrant } = reduceAngle(x);
  const s = f(r * r);
  let p = P[6];
  for (let i = 5; i >= 0; i--) p = f(f(p * s) + P[i]);
  const t = f(r + f(f(r * s) * p));
  return quadrant & 1 ? f(-1 / t) : t;
}
