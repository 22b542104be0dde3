import { broadcastShapes, toNumbers } from "../../ir/tensor.js";
import { rearrange } from "../indexing.js";
import type { Reference } from "../op.js";

const expand: Reference = ([input, shape]) => {
  const target = broadcastShapes(input!.shape, toNumbers(shape!))!;
  const lead = target.length - input!.shape.length;
  return [
    rearrange(input!, target, (index) => input!.shape.map((size, i) => (size === 1 ? 0 : index[lead + i]))),
  ];
};

const tile: Reference = ([input, repeats]) => {
  const times = toNumbers(repeats!);
  const shape = input!.shape.map((size, i) => size * times[i]);
  return [rearrange(input!, shape, (index) => index.map((i, axis) => i % input!.shape[axis]))];
};

export const references: Record<string, Reference> = { Expand: expand, Tile: tile };
