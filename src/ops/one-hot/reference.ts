import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { type OneHotAttributes, oneHotAxis } from "./op.js";

const oneHot: Reference<OneHotAttributes> = ([indices, depthOperand, values], attrs) => {
  const axis = oneHotAxis(attrs.axis, indices!.shape.length);
  const depth = Math.trunc(Number(depthOperand!.data[0]));
  const [off, on] = elements(values!);
  const fromEnd = (named: number) =>
    indices!.dtype === "float32" ? Math.fround(named + depth) : named + depth;
  return [
    build(values!.dtype, indices!.shape.toSpliced(axis, 0, depth), (index) => {
      const named = Number(elements(indices!)[positionOf(indices!.shape, index.toSpliced(axis, 1))]);
      return (named < 0 ? fromEnd(named) : named) === index[axis] ? on : off;
    }),
  ];
};

export const references: Record<string, Reference> = { OneHot: oneHot as Reference };
