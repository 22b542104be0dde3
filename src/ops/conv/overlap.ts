import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { eachIndex } from "../indexing.js";
import type { NodeView, Overlap } from "../kernel.js";
import type { ConvAttributes } from "./kernel-op.js";

/**
 * How far a convolution's output has to begin before its input if both overlap, for a kernel that computes the
 * output positions in row-major order, `tile` at a time at most: what it writes for a tile must not be
 * read for it or a later one. Reading ahead does no harm.
 */
export function convOverlap({ attrs, inputs, outputs }: NodeView, tile: number): Overlap {
  const { strides, dilations, pads } = attrs as ConvAttributes;
  const [x, y] = [inputs[0]!, outputs[0]!];
  const spatial = x.shape.slice(1, -1);
  const positionBytes = y.shape.at(-1)! * dtypeInfo[y.dtype].bytes;
  const inputBytes = x.shape.at(-1)! * dtypeInfo[x.dtype].bytes;
  const kernel = inputs[1]!.shape.slice(1, -1);
  // The first byte that each position reads; none in a window of padding only.
  const first: number[] = [];
  eachIndex(y.shape.slice(0, -1), ([n, ...at]) => {
    let position = n;
    for (let axis = 0; axis < at.length; axis++) {
      const start = at[axis] * strides[axis] - pads[axis];
      const tap = Math.max(0, Math.ceil(-start / dilations[axis]));
      const index = start + tap * dilations[axis];
      position = tap < kernel[axis] && index < spatial[axis] ? position * spatial[axis] + index : Infinity;
    }
    first.push(position * inputBytes);
  });
  const total = numel(y.shape.slice(0, -1));
  let distance = 0;
  let read = Number.POSITIVE_INFINITY;
  for (let p = total - 1; p >= 0; p--) {
    read = Math.min(read, first[p]);
    if (read < Infinity) distance = Math.max(distance, Math.min(p + tile, total) * positionBytes - read);
  }
  return { input: 0, distance };
}
