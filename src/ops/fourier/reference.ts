import { type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { type DftAttributes, dftPlan, type StftAttributes, stftPlan } from "./op.js";
import { transform } from "./transform.js";
import { twiddles } from "./twiddles.js";

const f = Math.fround;

/** `im` is undefined where the signal is real. */
interface Complex {
  readonly re: number;
  readonly im?: number;
}

/**
 * All bins of a transform: of points that may be fewer than its length, the rest being zero. Those of a real
 * signal are conjugate: the upper half is taken from the lower, and bins that are their own opposites have
 * no imaginary part.
 */
function spectrum(points: readonly Complex[], table: Float32Array, real: boolean): Float32Array {
  const x = new Float32Array(table.length);
  const length = x.length / 2;
  points.forEach(({ re, im = 0 }, n) => {
    x.set([re, im], 2 * n);
  });
  const y = transform(x, table);
  for (let k = 0; real && k < length; k++) {
    const opposite = k === 0 ? 0 : length - k;
    if (opposite === k) y[2 * k + 1] = 0;
    else if (opposite < k) y.set([y[2 * opposite], -y[2 * opposite + 1]], 2 * k);
  }
  return y;
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
    const y = spectrum(toReal ? wholeSpectrum(given, length) : given, table, x.shape.at(-1) === 1);
    for (let k = 0; k < bins; k++) {
      const at = positionOf(result.shape, index.with(axis, k));
      for (let part = 0; part < (toReal ? 1 : 2); part++) {
        const value = y[2 * k + part];
        result.data[at + part] = attrs.inverse ? f(value / length) : value;
      }
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
    const y = spectrum(points, table, signal.shape[2] === 1).subarray(0, 2 * bins);
    (result.data as Float32Array).set(y, positionOf(result.shape, [batch, frame, 0, 0]));
  });
  return [result];
};

export const references: Record<string, Reference> = { DFT: dft as Reference, STFT: stft as Reference };
