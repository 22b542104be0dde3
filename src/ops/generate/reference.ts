import { tensor, toNumbers, zeros } from "../../ir/tensor.js";
import { elements } from "../indexing.js";
import type { Reference } from "../op.js";
import { type ConstantOfShapeAttributes, type EyeLikeAttributes, rangeLength } from "./op.js";

/** Adds delta again and again, rounded or wrapped to the type each time, as ONNX Runtime does. */
const range: Reference = (inputs) => {
  const [start, , delta] = inputs;
  const result = zeros(start!.dtype, [rangeLength(inputs)]);
  const out = elements(result);
  out.forEach((_, i) => {
    out[i] = i === 0 ? elements(start!)[0] : sum(out[i - 1], elements(delta!)[0]);
  });
  return [result];
};

const sum = (a: number | bigint, b: number | bigint): number | bigint =>
  typeof a === "bigint" ? a + (b as bigint) : a + (b as number);

const constantOfShape: Reference<ConstantOfShapeAttributes> = ([input], { value }) => {
  const result = zeros(value?.dtype ?? "float32", toNumbers(input!));
  if (value) elements(result).fill(elements(value)[0]);
  return [result];
};

const eyeLike: Reference<EyeLikeAttributes> = ([input], { dtype, k }) => {
  const [rows, columns] = input!.shape;
  const values = Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    return i - row * columns === row + k ? 1 : 0;
  });
  return [tensor(dtype ?? input!.dtype, [rows, columns], values)];
};

export const references: Record<string, Reference> = {
  Range: range,
  ConstantOfShape: constantOfShape as Reference,
  EyeLike: eyeLike as Reference,
};
