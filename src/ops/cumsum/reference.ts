import { zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import type { CumSumAttributes } from "./op.js";

/** Each sum is the one before it plus one element: floats round every time, integers wrap. */
const cumSum: Reference<CumSumAttributes> = ([x, axisOperand], { exclusive, reverse }) => {
  const axis = normalizeAxis(Number(axisOperand!.data[0]), x!.shape.length);
  const size = x!.shape[axis];
  const result = zeros(x!.dtype, x!.shape);
  const [from, out] = [elements(x!), elements(result)];
  eachIndex(x!.shape.with(axis, 1), (index) => {
    let before: number | undefined;
    for (let i = 0; i < size; i++) {
      const at = positionOf(x!.shape, index.with(axis, reverse ? size - 1 - i : i));
      const added = exclusive ? before : at;
      if (before === undefined) {
        if (!exclusive) out[at] = from[at];
      } else {
        out[at] =
          typeof out[before] === "bigint" ? add64(out[before], from[added!]) : add(out[before], from[added!]);
      }
      before = at;
    }
  });
  return [result];
};

const add = (a: number | bigint, b: number | bigint): number => Number(a) + Number(b);
const add64 = (a: number | bigint, b: number | bigint): bigint => BigInt(a) + BigInt(b);

export const references: Record<string, Reference> = { CumSum: cumSum as Reference };
