import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { tensor, toNumbers, zeros } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import { roundHalfEven } from "../requantize.js";
import { type QuantizeAttributes, quantizedType } from "./op.js";
import { forEachParameter, parameterLayout } from "./parameters.js";

/**
 * One value quantized: `clamp(rne(fround(x / scale)) + zeroPoint)`. A NaN becomes the smallest value, as
 * in ONNX Runtime.
 */
export function quantizeValue(x: number, scale: number, zeroPoint: number, dtype: DType): number {
  const { min, max } = dtypeInfo[dtype];
  const scaled = Math.fround(x / scale);
  if (Number.isNaN(scaled)) return min;
  return roundHalfEven(Math.min(Math.max(scaled, min - zeroPoint), max - zeroPoint)) + zeroPoint;
}

/** One value dequantized: `fround(fround(x - zeroPoint) * scale)`. */
export const dequantizeValue = (x: number, scale: number, zeroPoint: number): number =>
  Math.fround(Math.fround((x - zeroPoint) | 0) * scale);

const quantizeLinear: Reference<QuantizeAttributes> = ([x, scale, zeroPoint], attrs) => {
  const y = zeros(quantizedType(zeroPoint, attrs), x!.shape);
  const layout = parameterLayout(x!.shape, scale!.shape, attrs.axis, attrs.block_size);
  const [values, scales, zeroPoints] = [x!.data, scale!.data, zeroPoint?.data] as Float32Array[];
  forEachParameter(layout, (i, p) => {
    y.data[i] = quantizeValue(values[i], scales[p], zeroPoints ? zeroPoints[p] : 0, y.dtype);
  });
  return [y];
};

const dequantizeLinear: Reference<QuantizeAttributes> = ([x, scale, zeroPoint], attrs) => {
  const y = zeros("float32", x!.shape);
  const layout = parameterLayout(x!.shape, scale!.shape, attrs.axis, attrs.block_size);
  const [values, scales, zeroPoints] = [x!.data, scale!.data, zeroPoint?.data] as Float32Array[];
  forEachParameter(layout, (i, p) => {
    y.data[i] = dequantizeValue(values[i], scales[p], zeroPoints ? zeroPoints[p] : 0);
  });
  return [y];
};

/**
 * The range is widened to hold 0; `scale = (max - min) / 255`, or 1 for an all-zero tensor;
 * `zeroPoint = rne(clamp(0 - min / scale, 0, 255))`; each step rounded to float32.
 */
export function dynamicParameters(values: Iterable<number>): { scale: number; zeroPoint: number } {
  let [min, max] = [0, 0];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  const scale = max === min ? 1 : Math.fround(Math.fround(max - min) / 255);
  const start = Math.fround(0 - Math.fround(min / scale));
  return { scale, zeroPoint: roundHalfEven(Math.min(Math.max(start, 0), 255)) };
}

const dynamicQuantizeLinear: Reference = ([x]) => {
  const values = toNumbers(x!);
  const { scale, zeroPoint } = dynamicParameters(values);
  const quantized = values.map((v) => quantizeValue(v, scale, zeroPoint, "uint8"));
  return [
    tensor("uint8", x!.shape, quantized),
    tensor("float32", [], [scale]),
    tensor("uint8", [], [zeroPoint]),
  ];
};

export const references = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
} as Record<string, unknown> as Record<string, Reference>;
