const f = Math.fround;

/** Adding and subtracting 2^23 leaves no fraction bits: the addition rounds half to even. */
const TWO_23 = 8388608;

/** Nearest integer, halves to the even one; the sign of zero is kept. Exact. */
export function round(x: number): number {
  const a = Math.abs(x);
  if (!(a < TWO_23)) return x;
  const rounded = f(f(a + TWO_23) - TWO_23);
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}
