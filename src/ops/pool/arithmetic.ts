/** float32 sum from 0, in order, each step rounded. */
const floatSum = (values: readonly number[]): number => values.reduce((sum, v) => Math.fround(sum + v), 0);

/** The float32 sum divided by the count; 0 for a window without taps. */
export const mean = (values: readonly number[], count: number): number =>
  count === 0 ? 0 : Math.fround(floatSum(values) / count);

/** The float32 sum of magnitudes (p = 1), or the square root of the sum of squares, each step rounded. */
export function norm(values: readonly number[], p: 1 | 2): number {
  if (p === 1) return floatSum(values.map(Math.abs));
  return Math.fround(Math.sqrt(floatSum(values.map((v) => Math.fround(v * v)))));
}

/** The largest value, the first of equal ones (0 and -0 are equal), never NaN; `lowest` without taps. */
export function largest(values: readonly number[], lowest: number): number {
  let best = lowest;
  for (const v of values) if (v > best) best = v;
  return best;
}
