import { zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import type { TopKAttributes } from "./op.js";

/** Sorts every line along the axis and keeps its beginning. */
const topK: Reference<TopKAttributes> = ([x, kOperand], { axis: axisAttribute, largest }) => {
  const axis = normalizeAxis(axisAttribute, x!.shape.length);
  const k = Number(kOperand!.data[0]);
  const shape = x!.shape.with(axis, k);
  const [values, indices] = [zeros(x!.dtype, shape), zeros("int64", shape)];
  eachIndex(x!.shape.with(axis, 1), (index) => {
    const line = Array.from({ length: x!.shape[axis] }, (_, i) => ({
      value: elements(x!)[positionOf(x!.shape, index.with(axis, i))],
      i,
    }));
    line.sort((a, b) => (largest ? ascending(b.value, a.value) : ascending(a.value, b.value)) || a.i - b.i);
    for (let i = 0; i < k; i++) {
      const at = positionOf(shape, index.with(axis, i));
      elements(values)[at] = line[i].value;
      elements(indices)[at] = BigInt(line[i].i);
    }
  });
  return [values, indices];
};

/** Numbers upwards, then NaN. */
function ascending(a: number | bigint, b: number | bigint): number {
  const [aIsNaN, bIsNaN] = [Number.isNaN(a), Number.isNaN(b)];
  if (aIsNaN || bIsNaN) return Number(aIsNaN) - Number(bIsNaN);
  return a < b ? -1 : a > b ? 1 : 0;
}

export const references: Record<string, Reference> = { TopK: topK as Reference };
