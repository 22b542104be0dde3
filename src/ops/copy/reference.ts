import { numel, zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import type { CopyAttributes } from "./op.js";

const copy: Reference<CopyAttributes> = (inputs, { shape, pieces, fill, shiftFill }) => {
  const dtype = shiftFill ? "int8" : inputs[fill ?? pieces[0]?.input ?? 0]!.dtype;
  const result = zeros(dtype, shape);
  const out = elements(result);
  if (fill !== undefined) {
    const value = elements(inputs[fill]!)[0];
    out.fill(shiftFill ? Number(value) - 128 : value, 0, numel(shape));
  }
  for (const { input, count, from, step, to } of pieces) {
    const source = inputs[input]!;
    eachIndex(count, (index) => {
      const read = index.map((i, axis) => from[axis] + i * step[axis]);
      const write = index.map((i, axis) => to[axis] + i);
      out[positionOf(shape, write)] = elements(source)[positionOf(source.shape, read)];
    });
  }
  return [result];
};

export const references: Record<string, Reference> = {
  "vcgen.Copy": copy as Reference,
  "vcgen.Duplicate": ([x]) => [{ ...x!, data: x!.data.slice() }],
};
