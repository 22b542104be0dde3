import type { Reference } from "../op.js";
import { dynamicParameters, quantizeValue } from "../quantization/reference.js";
import type { RecurrentAttributes, RecurrentShape } from "../recurrent/op.js";
import { type Products, runRecurrent } from "../recurrent/reference.js";
import { dynamicLstmName, dynamicLstmShape, type QuantizedWeights, quantizedWeights } from "./op.js";

const f = Math.fround;

interface Quantized {
  readonly scale: number;
  /** Less the zero point. */
  readonly values: readonly number[];
}

/** Quantizes all values with the parameters of the first `count`. */
function quantize(values: Float32Array, count = values.length): Quantized {
  const { scale, zeroPoint } = dynamicParameters(values.subarray(0, count));
  return {
    scale,
    values: Array.from(values, (v) => quantizeValue(v, scale, zeroPoint, "uint8") - zeroPoint),
  };
}

/** acc * (scale of a * scale of the column), as ONNX Runtime multiplies. */
function product(a: Quantized, from: number, { q, zeroPoint, scales }: QuantizedWeights, column: number) {
  const columns = scales.length;
  let sum = 0;
  for (let i = 0; i < q.length / columns; i++) {
    sum += a.values[from + i] * (q[i * columns + column] - zeroPoint);
  }
  return f(f(sum) * f(a.scale * scales[column]));
}

/** The products of one direction. The state stays the same array over the gates of a step. */
function products(x: Quantized, w: QuantizedWeights, r: QuantizedWeights, firstRow: number): Products {
  let last: { h: Float32Array; quantized: Quantized } | undefined;
  return {
    input: (from, row) => product(x, from, w, row - firstRow),
    state(h, row) {
      if (last?.h !== h) last = { h, quantized: quantize(h) };
      return product(last.quantized, 0, r, row - firstRow);
    },
  };
}

/** Elements of X up to the longest sequence: those that decide its scale. */
function usedElements(
  { time, batch, input }: RecurrentShape,
  lengths: ArrayLike<number> | undefined,
): number {
  const longest = lengths ? Array.from(lengths).reduce((a, b) => Math.max(a, b), 0) : time;
  return Math.min(longest, time) * batch * input;
}

/** Each sequence's h has parameters of its own, which is one of the two ways ONNX Runtime has for a batch. */
const dynamicQuantizeLstm: Reference<RecurrentAttributes> = (inputs, attrs, outputs) => {
  const shape = dynamicLstmShape(inputs[0]!, inputs[2]!, attrs);
  const lengths = inputs[4]?.data as Int32Array | undefined;
  const x = quantize(inputs[0]!.data as Float32Array, usedElements(shape, lengths));
  const [w, r] = [quantizedWeights(inputs, 1), quantizedWeights(inputs, 2)];
  const all = w.map((weights, d) => products(x, weights, r[d], d * 4 * shape.hidden));
  return runRecurrent("LSTM", inputs, attrs, shape, all).slice(0, outputs);
};

export const references = { [dynamicLstmName]: dynamicQuantizeLstm } as unknown as Record<string, Reference>;
