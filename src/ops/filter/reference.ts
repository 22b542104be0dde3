import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import type { FilterAttributes } from "./op.js";

const filter: Reference<FilterAttributes> = ([x], { axis, ends, positions, weights }) => [
  build("float32", x!.shape.with(axis, ends.length), (index) => {
    let sum = 0;
    for (let t = ends[index[axis] - 1] ?? 0; t < ends[index[axis]]; t++) {
      const value = Number(elements(x!)[positionOf(x!.shape, index.with(axis, positions[t]))]);
      sum = Math.fround(sum + Math.fround(weights[t] * value));
    }
    return sum;
  }),
];

export const references: Record<string, Reference> = { "vcgen.Filter": filter as Reference };
