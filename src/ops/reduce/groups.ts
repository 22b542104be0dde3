import { type Shape, stridesOf } from "../../ir/tensor.js";
import { eachIndex } from "../indexing.js";

/**
 * Calls `visit` for every index of the axes that are not in `axes`, in row-major order, with the positions
 * of the elements along `axes`, also in row-major order, and the count of calls so far.
 */
export function eachGroup(
  shape: Shape,
  axes: readonly number[],
  visit: (positions: readonly number[], group: number) => void,
): void {
  const strides = stridesOf(shape);
  const positionOf = (index: readonly number[]) => index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
  const offsets: number[] = [];
  const within = shape.map((d, axis) => (axes.includes(axis) ? d : 1));
  const groups = shape.map((d, axis) => (axes.includes(axis) ? 1 : d));
  eachIndex(within, (index) => {
    offsets.push(positionOf(index));
  });
  eachIndex(groups, (index, group) => {
    const base = positionOf(index);
    visit(
      offsets.map((offset) => base + offset),
      group,
    );
  });
}
