import type { DType } from "../ir/dtype.js";
import { numel, type Shape, type Tensor, zeros } from "../ir/tensor.js";

/** Elements of any tensor, as references read and write them. */
export type Elements = (number | bigint)[];

export const elements = (t: Tensor): Elements => t.data as unknown as Elements;

/** Calls `visit` with every index of a shape in row-major order, and its position. The array is reused. */
export function eachIndex(shape: Shape, visit: (index: readonly number[], position: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const count = numel(shape);
  for (let position = 0; position < count; position++) {
    visit(index, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

/** Row-major position of an index. */
export function positionOf(shape: Shape, index: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) position = position * shape[axis] + index[axis];
  return position;
}

/** A tensor whose every element is given by its index. */
export function build(
  dtype: DType,
  shape: Shape,
  at: (index: readonly number[], position: number) => number | bigint,
): Tensor {
  const result = zeros(dtype, shape);
  const out = elements(result);
  eachIndex(shape, (index, position) => {
    out[position] = at(index, position);
  });
  return result;
}

/** A tensor whose every element is the input's at the index that `source` gives for it. */
export function rearrange(
  input: Tensor,
  shape: Shape,
  source: (index: readonly number[]) => readonly number[],
): Tensor {
  const from = elements(input);
  return build(input.dtype, shape, (index) => from[positionOf(input.shape, source(index))]);
}

/**
 * A run-time index as the position in an axis: negative ones count from the end. ONNX leaves indices out
 * of range undefined; they become the nearest position, so that generated C stays inside its memory.
 */
export function clampIndex(index: number | bigint, size: number): number {
  const value = Number(index);
  return Math.min(Math.max(value < 0 ? value + size : value, 0), size - 1);
}
