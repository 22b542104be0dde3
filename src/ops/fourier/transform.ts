import { type Pass, passesOf } from "./passes.js";

const f = Math.fround;

type Complex = readonly [re: number, im: number];

const add = (a: Complex, b: Complex): Complex => [f(a[0] + b[0]), f(a[1] + b[1])];
const subtract = (a: Complex, b: Complex): Complex => [f(a[0] - b[0]), f(a[1] - b[1])];
const multiply = (a: Complex, w: Complex): Complex => [
  f(f(a[0] * w[0]) - f(a[1] * w[1])),
  f(f(a[0] * w[1]) + f(a[1] * w[0])),
];

/**
 * The transform of `length` points by decimation in frequency (Cooley and Tukey, 1965; the autosort of
 * Stockham), float32, every operation rounded. `x` holds real and imaginary parts in turn. Pass by pass,
 * with x[i, j, k] at `i + after * (j + radix * k)` and y[i, k, j] at `i + after * (k + before * j)`: y over
 * j is the transform of x over j, times the twiddle factor `j * i * before`; the last pass, where i is
 * always 0, leaves that factor out.
 */
export function transform(x: Float32Array, twiddles: Float32Array): Float32Array {
  const length = x.length / 2;
  const factor = (n: number): Complex => [twiddles[2 * (n % length)], twiddles[2 * (n % length) + 1]];
  return passesOf(length).reduce((from, pass) => {
    const to = new Float32Array(2 * length);
    const { radix, before, after } = pass;
    for (let k = 0; k < before; k++)
      for (let i = 0; i < after; i++) {
        const points = Array.from({ length: radix }, (_, j): Complex => {
          const at = 2 * (i + after * (j + radix * k));
          return [from[at], from[at + 1]];
        });
        butterfly(points, pass, length, factor).forEach((point, j) => {
          const turned = after === 1 || j === 0 ? point : multiply(point, factor(j * i * before));
          to.set(turned, 2 * (i + after * (k + before * j)));
        });
      }
    return to;
  }, x);
}

/**
 * The transform of as many points as the radix. Of an odd radix p: outputs q and p - q are a + b and a - b
 * with `a = x0 + sum of cos(q m) (x_m + x_(p - m))` and `b = i * sum of sin(q m) (x_m - x_(p - m))`, m from
 * 1 to (p - 1) / 2.
 */
function butterfly(
  x: readonly Complex[],
  { radix }: Pass,
  length: number,
  factor: (n: number) => Complex,
): readonly Complex[] {
  if (radix === 2) return [add(x[0], x[1]), subtract(x[0], x[1])];
  if (radix === 4) {
    const [even, odd] = [subtract(x[0], x[2]), subtract(x[1], x[3])];
    // A quarter turn: times the factor of a quarter of the circle, which is i or -i.
    const forward = factor(length / 4)[1] < 0;
    const turned: Complex = forward ? [odd[1], -odd[0]] : [-odd[1], odd[0]];
    const [evens, odds] = [add(x[0], x[2]), add(x[1], x[3])];
    return [add(evens, odds), add(even, turned), subtract(evens, odds), subtract(even, turned)];
  }
  const half = (radix - 1) / 2;
  const y: Complex[] = new Array(radix);
  y[0] = x[0];
  for (let m = 1; m <= half; m++) y[0] = add(y[0], add(x[m], x[radix - m]));
  for (let q = 1; q <= half; q++) {
    let a = x[0];
    let b: Complex = [0, 0];
    for (let m = 1; m <= half; m++) {
      const [cos, sin] = factor(((q * m) % radix) * (length / radix));
      const [sum, difference] = [add(x[m], x[radix - m]), subtract(x[m], x[radix - m])];
      a = add(a, [f(cos * sum[0]), f(cos * sum[1])]);
      b = add(b, [f(-sin * difference[1]), f(sin * difference[0])]);
    }
    y[q] = add(a, b);
    y[radix - q] = subtract(a, b);
  }
  return y;
}
