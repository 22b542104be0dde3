import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { broadcastStrides, numel, type Shape, type Tensor } from "../../ir/tensor.js";
import { convShape, type OnnxConvAttributes, resolveConv } from "../conv/op.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "../conv-transpose/op.js";
import { eachIndex } from "../indexing.js";
import { roundHalfEven } from "../requantize.js";
import { convolutionTaps, transposedTaps } from "../taps.js";
import { productShape } from "./matmul.js";
import { elementOf, scalarOf } from "./operands.js";

/** What becomes of the int32 sum of output element `i`, which lies in output channel (or column) `channel`. */
export type Finish = (sum: number, i: number, channel: number) => void;

/**
 * Integer convolution: for every output element, in order, the sum of (x - xZeroPoint) * (w -
 * wZeroPoint) over the taps inside the input, wrapped to int32. Padding counts as the zero point.
 */
export function convolve(
  [x, xZeroPoint, w, wZeroPoint]: readonly [Tensor, Tensor | undefined, Tensor, Tensor | undefined],
  attrs: OnnxConvAttributes,
  finish: Finish,
): void {
  const shape = convShape(x.shape, w.shape, attrs);
  const taps = convolutionTaps(x.shape.slice(2), shape.slice(2), resolveConv(attrs, x.shape, w.shape));
  const [xd, wd] = [x.data, w.data] as Int8Array[];
  const [batch, outputs] = shape;
  const inputs = w.shape[1];
  const [xPlane, wPlane] = [numel(x.shape.slice(2)), numel(w.shape.slice(2))];
  const xZero = scalarOf(xZeroPoint);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = (n * attrs.group + Math.floor((o * attrs.group) / outputs)) * inputs;
      const wZero = elementOf(wZeroPoint, o);
      taps.forEach((inside, p) => {
        let sum = 0;
        for (const tap of inside) {
          for (let c = 0; c < inputs; c++) {
            const value = xd[(first + c) * xPlane + tap.input] - xZero;
            sum += value * (wd[(o * inputs + c) * wPlane + tap.kernel] - wZero);
          }
        }
        finish(sum | 0, (n * outputs + o) * taps.length + p, o);
      });
    }
  }
}

/** Integer transposed convolution, with weights [C, OC/group, ...kernel]; as `convolve`. */
export function convolveTransposed(
  [x, xZeroPoint, w, wZeroPoint]: readonly [Tensor, Tensor | undefined, Tensor, Tensor | undefined],
  attrs: OnnxConvTransposeAttributes,
  finish: Finish,
): void {
  const window = resolveConvTranspose(attrs, x.shape, w.shape);
  const taps = transposedTaps(x.shape.slice(2), window.outputSpatial, window);
  const [xd, wd] = [x.data, w.data] as Int8Array[];
  const [batch, channels] = x.shape;
  const perGroup = w.shape[1];
  const inputs = channels / attrs.group;
  const [xPlane, wPlane] = [numel(x.shape.slice(2)), numel(window.kernel)];
  const xZero = scalarOf(xZeroPoint);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < perGroup * attrs.group; o++) {
      const first = Math.floor(o / perGroup) * inputs;
      const wZero = elementOf(wZeroPoint, o);
      taps.forEach((reaching, p) => {
        let sum = 0;
        for (const tap of reaching) {
          for (let c = first; c < first + inputs; c++) {
            const value = xd[(n * channels + c) * xPlane + tap.input] - xZero;
            sum += value * (wd[(c * perGroup + (o % perGroup)) * wPlane + tap.kernel] - wZero);
          }
        }
        finish(sum | 0, (n * perGroup * attrs.group + o) * taps.length + p, o);
      });
    }
  }
}

/**
 * Integer matrix product with MatMul's broadcasting: for every output element, in order, the sum of
 * (a - aZeroPoint) * (b - bZeroPoint), wrapped to int32. bZeroPoint has one element or one for each column.
 */
export function multiply(
  [a, aZeroPoint, b, bZeroPoint]: readonly [Tensor, Tensor | undefined, Tensor, Tensor | undefined],
  finish: Finish,
): void {
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const { shape } = productShape(left, right);
  const [rows, depth, columns] = [left[left.length - 2], left[left.length - 1], right[right.length - 1]];
  const [ad, bd] = [a.data, b.data] as Int8Array[];
  const aZero = scalarOf(aZeroPoint);
  const batch = shape.slice(0, -2);
  const [aStart, bStart] = [batchOffsets(left, batch), batchOffsets(right, batch)];
  for (let n = 0; n < numel(batch); n++) {
    for (let m = 0; m < rows; m++) {
      for (let j = 0; j < columns; j++) {
        const bZero = elementOf(bZeroPoint, j);
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          const value = ad[aStart[n] + m * depth + k] - aZero;
          sum += value * (bd[bStart[n] + k * columns + j] - bZero);
        }
        finish(sum | 0, (n * rows + m) * columns + j, j);
      }
    }
  }
}

/** Where the matrix of each batch element begins, for an operand that may be broadcast. */
function batchOffsets(shape: Shape, batch: Shape): number[] {
  const matrix = shape[shape.length - 2] * shape[shape.length - 1];
  const strides = broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * matrix);
  const offsets: number[] = [];
  eachIndex(batch, (index) => {
    offsets.push(index.reduce((sum, at, axis) => sum + at * strides[axis], 0));
  });
  return offsets;
}

/** `clamp(rne(fround(fround(sum) * scale)) + zeroPoint)`: an int32 sum in the output's type. */
export function requantizeSum(sum: number, scale: number, zeroPoint: number, dtype: DType): number {
  const { min, max } = dtypeInfo[dtype];
  return Math.min(Math.max(roundHalfEven(Math.fround(Math.fround(sum) * scale)) + zeroPoint, min), max);
}

/** The scales that requantize each output channel: `fround(fround(first * each) / last)`. */
export function outputScales(first: Tensor, each: Tensor, last: Tensor): number[] {
  const [a, c] = [scalarOf(first), scalarOf(last)];
  return Array.from(each.data as Float32Array, (b) => Math.fround(Math.fround(a * b) / c));
}
