import { tensor } from "../../ir/tensor.js";
import { eachIndex, elements, rearrange } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import { type CompressAttributes, keptPositions, type UniqueAttributes } from "./op.js";
import { unique } from "./unique.js";

const nonZero: Reference = ([x]) => {
  const found: number[][] = [];
  eachIndex(x!.shape, (index, position) => {
    if (Number(elements(x!)[position]) !== 0) found.push([...index]);
  });
  const values = x!.shape.flatMap((_, axis) => found.map((index) => index[axis]));
  return [tensor("int64", [x!.shape.length, found.length], values)];
};

const compress: Reference<CompressAttributes> = ([input, condition], attrs) => {
  const flat = attrs.axis === undefined ? { ...input!, shape: [input!.data.length] } : input!;
  const axis = normalizeAxis(attrs.axis ?? 0, flat.shape.length);
  const kept = keptPositions(condition!);
  return [
    rearrange(flat, flat.shape.with(axis, kept.length), (index) => index.with(axis, kept[index[axis]])),
  ];
};

const uniqueReference: Reference<UniqueAttributes> = ([x], attrs) => {
  const axis = attrs.axis === undefined ? undefined : normalizeAxis(attrs.axis, x!.shape.length);
  return unique(x!, { axis, sorted: attrs.sorted });
};

export const references: Record<string, Reference> = {
  NonZero: nonZero,
  Compress: compress as Reference,
  Unique: uniqueReference as Reference,
};
