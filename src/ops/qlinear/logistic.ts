import { fma32 } from "./fma.js";

const numerator = [4.37031012579801e-11, 1.15627324459942e-7, 6.08574864600143e-5, 8.51377133304701e-3].map(
  Math.fround,
);
const numeratorLast = Math.fround(2.48287947061529e-1);
const denominator = [
  6.10247389755681e-13, 5.76102136993427e-9, 6.2910678501704e-6, 1.70198817374094e-3, 1.16817656904453e-1,
].map(Math.fround);
const denominatorLast = Math.fround(9.9315192102318e-1);

/**
 * 1 / (1 + exp(-x)) as ONNX Runtime's FMA kernel computes it, which decides the last bit of
 * QLinearSigmoid: 0.5 + x p(x^2) / q(x^2) for x within +-18, by Horner's rule with one rounding a step.
 */
export function logistic(x: number): number {
  const value = Math.min(Math.max(x, -18), 18);
  const square = Math.fround(value * value);
  const horner = (terms: readonly number[], last: number): number =>
    fma32(
      terms.slice(1).reduce((sum, term) => fma32(sum, square, term), terms[0]),
      square,
      last,
    );
  const p = Math.fround(value * horner(numerator, numeratorLast));
  const quotient = Math.fround(p / horner(denominator, denominatorLast));
  return Math.max(Math.fround(quotient + 0.5), 0);
}
