import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { numel, type Tensor } from "../../ir/tensor.js";
import { clampIndex, eachIndex, elements, positionOf } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import type { Reduction, ScatterElementsAttributes, ScatterNDAttributes } from "./op.js";

type Scalar = number | bigint;

/** The new value of an element: float32 rounds once, integers wrap as they are stored. */
function combine(how: Reduction, dtype: DType, old: Scalar, update: Scalar): Scalar {
  switch (how) {
    case "none":
      return update;
    case "max":
      return old < update ? update : old;
    case "min":
      return update < old ? update : old;
    default: {
      if (dtypeInfo[dtype].kind === "float") {
        const [a, b] = [Number(old), Number(update)];
        return how === "add" ? a + b : a * b;
      }
      const [a, b] = [BigInt(old), BigInt(update)];
      const exact = how === "add" ? a + b : a * b;
      return typeof old === "bigint" ? exact : Number(BigInt.asIntN(32, exact));
    }
  }
}

const copyOf = (data: Tensor): Tensor => ({ ...data, data: data.data.slice() });

const scatterElements: Reference<ScatterElementsAttributes> = ([data, indices, updates], attrs) => {
  const result = copyOf(data!);
  const out = elements(result);
  const axis = normalizeAxis(attrs.axis, data!.shape.length);
  eachIndex(updates!.shape, (index, position) => {
    const along = clampIndex(elements(indices!)[position], data!.shape[axis]);
    const at = positionOf(data!.shape, index.with(axis, along));
    out[at] = combine(attrs.reduction, data!.dtype, out[at], elements(updates!)[position]);
  });
  return [result];
};

const scatterND: Reference<ScatterNDAttributes> = ([data, indices, updates], { reduction }) => {
  const result = copyOf(data!);
  const out = elements(result);
  const depth = indices!.shape.at(-1)!;
  const inner = numel(data!.shape.slice(depth));
  eachIndex(indices!.shape.slice(0, -1), (_, row) => {
    const named = data!.shape
      .slice(0, depth)
      .map((size, i) => clampIndex(elements(indices!)[row * depth + i], size));
    const start = positionOf(data!.shape.slice(0, depth), named) * inner;
    for (let i = 0; i < inner; i++) {
      const update = elements(updates!)[row * inner + i];
      out[start + i] = combine(reduction, data!.dtype, out[start + i], update);
    }
  });
  return [result];
};

export const references: Record<string, Reference> = {
  ScatterElements: scatterElements as Reference,
  Scatter: scatterElements as Reference,
  ScatterND: scatterND as Reference,
};
