import { type Tensor, toNumbers } from "../../ir/tensor.js";
import { rearrange } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import { type SplitAttributes, splitLengths } from "./op.js";

/** Walks each axis as the specification's formulas say, position by position. */
const slice: Reference = ([data, starts, ends, axes, steps]) => {
  const rank = data!.shape.length;
  const positions = data!.shape.map((size) => Array.from({ length: size }, (_, i) => i));
  const named = axes
    ? toNumbers(axes).map((a) => normalizeAxis(a, rank))
    : toNumbers(starts!).map((_, i) => i);
  named.forEach((axis, i) => {
    const size = data!.shape[axis];
    const step = steps ? Number(steps.data[i]) : 1;
    const start = fromEnd(Number(starts!.data[i]), size);
    const end = fromEnd(Number(ends!.data[i]), size);
    const walk: number[] = [];
    if (step > 0) {
      for (let p = Math.max(start, 0); p < Math.min(end, size); p += step) walk.push(p);
    } else {
      for (let p = Math.min(Math.max(start, 0), size - 1); p > Math.max(end, -1); p += step) walk.push(p);
    }
    positions[axis] = walk;
  });
  return [
    rearrange(
      data!,
      positions.map((p) => p.length),
      (index) => index.map((i, axis) => positions[axis][i]),
    ),
  ];
};

const fromEnd = (position: number, size: number): number => (position < 0 ? position + size : position);

const split: Reference<SplitAttributes> = (inputs, attrs, outputs) => {
  const input = inputs[0]!;
  const axis = normalizeAxis(attrs.axis, input.shape.length);
  let begin = 0;
  return splitLengths(inputs, attrs, outputs).map((length): Tensor => {
    const from = begin;
    begin += length;
    return rearrange(input, input.shape.with(axis, length), (index) => index.with(axis, index[axis] + from));
  });
};

export const references: Record<string, Reference> = { Slice: slice, Split: split as Reference };
