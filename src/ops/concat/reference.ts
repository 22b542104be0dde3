import { build, elements, positionOf } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import type { ConcatAttributes } from "./op.js";

const concat: Reference<ConcatAttributes> = (inputs, attrs) => {
  const first = inputs[0]!;
  const axis = normalizeAxis(attrs.axis, first.shape.length);
  const size = inputs.reduce((sum, input) => sum + input!.shape[axis], 0);
  return [
    build(first.dtype, first.shape.with(axis, size), (index) => {
      let along = index[axis];
      let part = 0;
      while (along >= inputs[part]!.shape[axis]) along -= inputs[part++]!.shape[axis];
      return elements(inputs[part]!)[positionOf(inputs[part]!.shape, index.with(axis, along))];
    }),
  ];
};

export const references: Record<string, Reference> = { Concat: concat as Reference };
