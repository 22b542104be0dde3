import { type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { type DftAttributes, dftPlan, type StftAttributes, stftPlan } from "./op.js";
import { twiddles } from "./twiddles.js";

const f = Math.fround;

/** `im` is undefined where the signal is real. */
interface Complex {
  readonly re: number;
  readonly im?: number;
}

/**
 * Bin k of a transform with these twiddle factors: from 0 on and point by point, the real part adds re cos and
 * subtracts im sin, the imaginary part adds re sin and im cos; every operation rounds to float32.
 */
function bin(points: readonly Complex[], k: number, table: Float32Array, inverse: boolean): [number, number] {
  const length = table.length / 2;
  let [re, im] = [0, 0];
  points.forEach((point, n) => {
    const j = (k * n) % length;
    const [cos, sin] = [table[2 * j], table[2 * j + 1]];
    re = f(re + f(point.re * cos));
    im = f(im + f(point.re * sin));
    if (point.im === undefined) return;
    re = f(re - f(point.im * sin));
    im = f(im + f(point.im * cos));
  });
  return inverse ? [f(re / length), f(im / length)] : [re, im];
}

/** The points of one line of a tensor, at most `length`. */
function pointsOf(x: Tensor, index: readonly number[], axis: number, length: number): Complex[] {
  const at = (n: number, part: number) => {
    return Number(elements(x)[positionOf(x.shape, index.with(axis, n).with(-1, part))]);
  };
  const complex = x.shape.at(-1) === 2;
  return Array.from({ length: Math.min(length, x.shape[axis]) }, (_, n) => ({
    re: at(n, 0),
    ...(complex ? { im: at(n, 1) } : {}),
  }));
}

/** The whole spectrum of a real signal from its first half: the rest is conjugate. */
function wholeSpectrum(half: readonly Complex[], length: number): Complex[] {
  const zero = { re: 0, im: 0 };
  return Array.from({ length }, (_, k) => {
    if (2 * k <= length) return half[k] ?? zero;
    const mirrored = half[length - k] ?? zero;
    return { re: mirrored.re, im: -mirrored.im! };
  });
}

const dft: Reference<DftAttributes> = (inputs, attrs) => {
  const x = inputs[0]!;
  const { axis, length, bins, toReal } = dftPlan(inputs, attrs);
  const table = twiddles(length, attrs.inverse);
  const result = zeros("float32", x.shape.with(axis, bins).with(-1, toReal ? 1 : 2));
  eachIndex(x.shape.with(axis, 1).with(-1, 1), (index) => {
    const given = pointsOf(x, index, axis, toReal ? Math.floor(length / 2) + 1 : length);
    const points = toReal ? wholeSpectrum(given, length) : given;
    for (let k = 0; k < bins; k++) {
      const at = positionOf(result.shape, index.with(axis, k));
      const [re, im] = bin(points, k, table, attrs.inverse);
      result.data[at] = re;
      if (!toReal) result.data[at + 1] = im;
    }
  });
  return [result];
};

/** The window is applied before the transform. */
const stft: Reference<StftAttributes> = (inputs, attrs) => {
  const [signal, window] = [inputs[0]!, inputs[2]];
  const { step, length, frames, bins } = stftPlan(inputs, attrs);
  const table = twiddles(length, false);
  const result = zeros("float32", [signal.shape[0], frames, bins, 2]);
  eachIndex([signal.shape[0], frames], ([batch, frame]) => {
    const line = pointsOf(signal, [batch, 0, 0], 1, Number.POSITIVE_INFINITY);
    const points = line.slice(frame * step, frame * step + length).map(({ re, im }, n): Complex => {
      const weight = window ? Number(window.data[n]) : 1;
      return { re: f(re * weight), ...(im === undefined ? {} : { im: f(im * weight) }) };
    });
    for (let k = 0; k < bins; k++) {
      const at = positionOf(result.shape, [batch, frame, k, 0]);
      [result.data[at], result.data[at + 1]] = bin(points, k, table, false);
    }
  });
  return [result];
};

export const references: Record<string, Reference> = { DFT: dft as Reference, STFT: stft as Reference };
