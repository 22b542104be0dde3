const f = Math.fround;

const P = [0.166667521, 0.0749530941, 0.0454691499, 0.0241847783, 0.0421583056].map(f);

/** s * P(s) with asin(x) = x + x * s * P(s), s = x^2 <= 0.25. */
export function asinPolynomial(s: number): number {
  let p = P[4];
  for (let i = 3; i >= 0; i--) p = f(f(p * s) + P[i]);
  return f(p * s);
}
