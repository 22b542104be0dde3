import { dtypeInfo } from "../../ir/dtype.js";
import { numel, zeros } from "../../ir/tensor.js";
import { eachIndex, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { dequantizeValue } from "../quantization/reference.js";
import { roundHalfEven } from "../requantize.js";
import { convolutionTaps } from "../taps.js";
import { outputLength, resolveWindow } from "../window.js";
import { requantizeSum } from "./accumulate.js";
import { scalarOf } from "./operands.js";
import {
  isGlobalPool,
  type QLinearAveragePoolAttributes,
  type QLinearReduceMeanAttributes,
  reducedAxes,
} from "./pool.js";

/**
 * Over a window that is not the whole input. Every step in float32: the sum of the dequantized values of the window in row-major order, divided by
 * their number, then `y = clamp(rne(fround(fround(mean / yScale) + yZero)))`: the zero point is added
 * before rounding.
 */
const qlinearAveragePool: Reference<QLinearAveragePoolAttributes> = (inputs, attrs) => {
  const [x, xScale, xZero, yScale, yZero] = inputs;
  const offset = attrs.unsigned && x!.dtype === "int8" ? 128 : 0;
  const spatial = x!.shape.slice(2);
  if (isGlobalPool(attrs, spatial)) return qlinearGlobalAveragePool(inputs, {}, 1);
  const window = resolveWindow(attrs, spatial, attrs.kernel_shape);
  const lengths = spatial.map((size, axis) => outputLength(size, window, axis, attrs.ceil_mode));
  const taps = convolutionTaps(spatial, lengths, window);
  const y = zeros(yZero?.dtype ?? x!.dtype, [...x!.shape.slice(0, 2), ...lengths]);
  const { min, max } = dtypeInfo[y.dtype];
  const [plane, values] = [numel(spatial), x!.data as Int8Array];
  for (let channel = 0; channel < x!.shape[0] * x!.shape[1]; channel++) {
    taps.forEach((inside, p) => {
      let sum = 0;
      for (const tap of inside) {
        const value = values[channel * plane + tap.input];
        sum = Math.fround(sum + dequantizeValue(value, scalarOf(xScale), scalarOf(xZero)));
      }
      const count = attrs.count_include_pad ? numel(attrs.kernel_shape) : inside.length;
      const mean = Math.fround(Math.fround(sum / count) / scalarOf(yScale));
      const rounded = roundHalfEven(Math.fround(mean + (scalarOf(yZero) + offset))) - offset;
      y.data[channel * taps.length + p] = Math.min(Math.max(rounded, min), max);
    });
  }
  return [y];
};

/** The int32 sum of x - xZero, requantized with `fround(xScale / fround(yScale * count))`. */
const qlinearGlobalAveragePool: Reference = ([x, xScale, xZero, yScale, yZero]) => {
  const y = zeros(yZero?.dtype ?? x!.dtype, [...x!.shape.slice(0, 2), ...x!.shape.slice(2).map(() => 1)]);
  const count = numel(x!.shape.slice(2));
  const scale = Math.fround(scalarOf(xScale) / Math.fround(scalarOf(yScale) * count));
  for (let channel = 0; channel < y.data.length; channel++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Number(x!.data[channel * count + i]) - scalarOf(xZero);
    y.data[channel] = requantizeSum(sum, scale, scalarOf(yZero), y.dtype);
  }
  return [y];
};

/** As QLinearGlobalAveragePool, over any axes. ONNX Runtime has no CPU kernel for it to agree with. */
const qlinearReduceMean: Reference<QLinearReduceMeanAttributes> = (inputs, attrs) => {
  const [x, xScale, xZero, yScale, yZero] = inputs;
  const reduced = reducedAxes(attrs, x!.shape.length);
  const kept = x!.shape.map((d, i) => (reduced.has(i) ? 1 : d));
  const sums = new Array<number>(numel(kept)).fill(0);
  eachIndex(x!.shape, (index, i) => {
    const at = index.map((n, axis) => (reduced.has(axis) ? 0 : n));
    sums[positionOf(kept, at)] += Number(x!.data[i]) - scalarOf(xZero);
  });
  const count = numel(x!.shape) / sums.length;
  const scale = Math.fround(scalarOf(xScale) / Math.fround(scalarOf(yScale) * count));
  const shape = attrs.keepdims ? kept : kept.filter((_, i) => !reduced.has(i));
  const y = zeros(yZero?.dtype ?? x!.dtype, shape);
  sums.forEach((sum, i) => {
    y.data[i] = requantizeSum(sum, scale, scalarOf(yZero), y.dtype);
  });
  return [y];
};

export const poolReferences = {
  "com.microsoft.QLinearAveragePool": qlinearAveragePool,
  "com.microsoft.QLinearGlobalAveragePool": qlinearGlobalAveragePool,
  "com.microsoft.QLinearReduceMean": qlinearReduceMean,
};
