import { clampIndex, elements, rearrange } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import type { GatherAttributes, GatherNDAttributes } from "./op.js";

const gather: Reference<GatherAttributes> = ([data, indices], attrs) => {
  const axis = normalizeAxis(attrs.axis, data!.shape.length);
  const shape = data!.shape.toSpliced(axis, 1, ...indices!.shape);
  const size = data!.shape[axis];
  // The flat position in `indices`, followed by the axes that stay.
  const seen = data!.shape.with(axis, indices!.data.length);
  const picked = rearrange(data!, seen, (index) =>
    index.with(axis, clampIndex(elements(indices!)[index[axis]], size)),
  );
  return [{ ...picked, shape }];
};

const gatherElements: Reference<GatherAttributes> = ([data, indices], attrs) => {
  const axis = normalizeAxis(attrs.axis, data!.shape.length);
  let position = 0;
  return [
    rearrange(data!, indices!.shape, (index) =>
      index.with(axis, clampIndex(elements(indices!)[position++], data!.shape[axis])),
    ),
  ];
};

const gatherND: Reference<GatherNDAttributes> = ([data, indices], { batch_dims: batch }) => {
  const depth = indices!.shape.at(-1)!;
  const rows = indices!.shape.slice(0, -1);
  const inner = data!.shape.slice(batch + depth);
  return [
    rearrange(data!, [...rows, ...inner], (index) => {
      const row = rows.reduce((position, size, i) => position * size + index[i], 0);
      const named = Array.from({ length: depth }, (_, i) =>
        clampIndex(elements(indices!)[row * depth + i], data!.shape[batch + i]),
      );
      return [...index.slice(0, batch), ...named, ...index.slice(rows.length)];
    }),
  ];
};

export const references: Record<string, Reference> = {
  Gather: gather as Reference,
  GatherElements: gatherElements as Reference,
  GatherND: gatherND as Reference,
};
