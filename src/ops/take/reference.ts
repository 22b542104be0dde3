import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import type { TakeAttributes } from "./op.js";

const take: Reference<TakeAttributes> = (inputs, { shape, tables, fill }) => {
  const data = inputs[0]!;
  return [
    build(data.dtype, shape, (index) => {
      const source = index.map((i, axis) => tables[axis]?.[i] ?? i);
      if (source.includes(-1)) return elements(inputs[fill!]!)[0];
      return elements(data)[positionOf(data.shape, source)];
    }),
  ];
};

export const references: Record<string, Reference> = { "vcgen.Take": take as Reference };
