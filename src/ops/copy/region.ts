import { type Shape, stridesOf } from "../../ir/tensor.js";
import type { Piece } from "./op.js";

/**
 * Elements moved in nested loops: `y[to.offset + sum(i * to.strides)] = x[from.offset + sum(i * from.strides)]`
 * for all indices i of `shape`. Offsets and strides are in elements; source strides may be 0 or negative.
 */
export interface Region {
  readonly input: number;
  readonly shape: readonly number[];
  readonly from: Addressing;
  readonly to: Addressing;
}

interface Addressing {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The region of a piece, with as few loops as it needs; undefined if it is empty. */
export function regionOfPiece(piece: Piece, from: Shape, to: Shape): Region | undefined {
  const [source, target] = [stridesOf(from), stridesOf(to)];
  const at = (index: readonly number[], strides: readonly number[]) =>
    index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
  return collapse({
    input: piece.input,
    shape: piece.count,
    from: { offset: at(piece.from, source), strides: source.map((s, axis) => s * piece.step[axis]) },
    to: { offset: at(piece.to, target), strides: target },
  });
}

/** The region of a Transpose: output axis i is input axis perm[i]. */
export function regionOfTranspose(from: Shape, perm: readonly number[]): Region | undefined {
  const shape = perm.map((axis) => from[axis]);
  const source = stridesOf(from);
  return collapse({
    input: 0,
    shape,
    from: { offset: 0, strides: perm.map((axis) => source[axis]) },
    to: { offset: 0, strides: stridesOf(shape) },
  });
}

/** Drops axes of one element and joins neighbours that are one run on both sides. */
function collapse(region: Region): Region | undefined {
  if (region.shape.includes(0)) return undefined;
  const shape: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  region.shape.forEach((count, axis) => {
    if (count === 1) return;
    const [source, target] = [region.from.strides[axis], region.to.strides[axis]];
    if (shape.length > 0 && from.at(-1) === source * count && to.at(-1) === target * count) {
      shape.push(shape.pop()! * count);
      from.pop();
      to.pop();
    } else {
      shape.push(count);
    }
    from.push(source);
    to.push(target);
  });
  return {
    input: region.input,
    shape,
    from: { offset: region.from.offset, strides: from },
    to: { offset: region.to.offset, strides: to },
  };
}

/** Whether a region is one run of neighbouring elements on both sides: a `memcpy`, or a view of the memory. */
export const isContiguous = ({ shape, from, to }: Region): boolean =>
  shape.length === 0 || (shape.length === 1 && from.strides[0] === 1 && to.strides[0] === 1);
