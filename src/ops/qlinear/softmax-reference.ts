import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { zeros } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import { roundHalfEven } from "../requantize.js";
import { type QLinearSoftmaxAttributes, softmaxAxis } from "./elementwise.js";
import { scalarOf } from "./operands.js";

const largestFloat = 3.4028234663852886e38;

/**
 * exp of the 256 distances to the row's largest value, in float32. The distances are shifted up as far as
 * the sum of `length` of them cannot overflow.
 */
export function expTable(scale: number, length: number): Float32Array {
  const room = Math.log(Math.fround(largestFloat / length));
  const shift = Math.max(0, room - 5) / scale;
  return Float32Array.from({ length: 256 }, (_, i) => Math.exp((i - 255 + shift) * scale));
}

/**
 * What ONNX Runtime makes of an infinite share. As an integer that is the least int32: adding a negative
 * zero point wraps to a large one, another leaves it small; and uint8 takes its low byte, the zero point.
 */
function overflowedShare(zeroPoint: number, dtype: DType, unsigned: boolean): number {
  if (unsigned || dtype === "uint8") return zeroPoint;
  return zeroPoint < 0 ? dtypeInfo[dtype].max : dtypeInfo[dtype].min;
}

/**
 * `y = rne(fround(fround(e * steps) / sum)) + yZero` with e from the table, their float32 sum from left
 * to right, and steps = floor(fround(1 / yScale)); saturated. Where e * steps overflows (single elements,
 * small steps), y is `overflowedShare`.
 */
export const qlinearSoftmax: Reference<QLinearSoftmaxAttributes> = (inputs, attrs) => {
  const [x, xScale, , yScale, yZero] = inputs;
  const y = zeros(x!.dtype, x!.shape);
  const axis = softmaxAxis(attrs, x!.shape.length);
  const last = attrs.opset < 13 ? x!.shape.length : axis + 1;
  const size = (from: number, to?: number) => x!.shape.slice(from, to).reduce((n, d) => n * d, 1);
  const [length, inner] = [size(axis, last), size(last)];
  const values = x!.data as Int8Array;
  const steps = Math.floor(Math.fround(1 / scalarOf(yScale)));
  const table = expTable(scalarOf(xScale), length);
  const { min, max } = dtypeInfo[x!.dtype];
  const overflowed = overflowedShare(scalarOf(yZero), x!.dtype, attrs.unsigned);
  for (let row = 0; row < size(0, axis) * inner; row++) {
    const start = Math.floor(row / inner) * length * inner + (row % inner);
    const at = (k: number) => start + k * inner;
    let largest: number = min;
    for (let k = 0; k < length; k++) largest = Math.max(largest, values[at(k)]);
    const exponential = (k: number) => table[255 + values[at(k)] - largest];
    let sum = 0;
    for (let k = 0; k < length; k++) sum = Math.fround(sum + exponential(k));
    for (let k = 0; k < length; k++) {
      const share = Math.fround(Math.fround(exponential(k) * steps) / sum);
      const rounded = roundHalfEven(share) + scalarOf(yZero);
      y.data[at(k)] = Number.isFinite(share) ? Math.min(rounded, max) : overflowed;
    }
  }
  return [y];
};
