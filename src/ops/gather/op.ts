import { numel, sameShape } from "../../ir/tensor.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

type Inputs = readonly (ValueInfo | undefined)[];

/** The operand with indices; its values, where they are constant, must lie in [-size, size). */
export function indexOperand(inputs: Inputs, index: number, sizes: readonly number[]): ValueInfo {
  const indices = operand(inputs, index, "indices");
  if (indices.dtype !== "int32" && indices.dtype !== "int64") {
    throw new OpError(`indices are ${indices.dtype}; expected int32 or int64`);
  }
  const size = (i: number) => sizes[i % sizes.length];
  if (indices.data) {
    const bad = Array.from(indices.data as ArrayLike<number | bigint>, Number).find(
      (value, i) => !(value >= -size(i) && value < size(i)),
    );
    if (bad !== undefined) throw new OpError(`index ${bad} is out of range for [${sizes}]`);
  } else if (numel(indices.shape) > 0 && sizes.includes(0)) {
    throw new OpError("cannot index an axis without elements");
  }
  return indices;
}

export type GatherAttributes = { readonly axis: number };

/** ONNX Gather: the axis is replaced by the axes of `indices`. */
const gather = defineOp<GatherAttributes>({
  name: "Gather",
  opsets: [1, 28],
  attributes: { axis: attr.int(0) },
  inputs: [2, 2],
  infer(inputs, attrs) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const axis = normalizeAxis(attrs.axis, shape.length);
    if (shape.length === 0) throw new OpError("data must have at least one axis");
    const indices = indexOperand(inputs, 1, [shape[axis]]);
    return [outputInfo(dtype, shape.toSpliced(axis, 1, ...indices.shape))];
  },
  shiftToSigned: movesElements(0),
});

/** ONNX GatherElements: `y[i][j][k] = data[i][indices[i][j][k]][k]` for axis 1. */
const gatherElements = defineOp<GatherAttributes>({
  name: "GatherElements",
  opsets: [11, 28],
  attributes: { axis: attr.int(0) },
  inputs: [2, 2],
  infer(inputs, attrs) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const axis = normalizeAxis(attrs.axis, shape.length);
    const indices = indexOperand(inputs, 1, [shape[axis]]);
    checkElementIndices(shape, indices.shape, axis);
    return [outputInfo(dtype, indices.shape)];
  },
  shiftToSigned: movesElements(0),
});

/** Indices for single elements have the rank of the data and, but for `axis`, are nowhere longer. */
export function checkElementIndices(data: readonly number[], indices: readonly number[], axis: number): void {
  const fits = indices.length === data.length && data.length > 0;
  if (!fits || indices.some((size, i) => i !== axis && size > data[i])) {
    throw new OpError(`indices [${indices}] do not fit data [${data}] along axis ${axis}`);
  }
}

export type GatherNDAttributes = { readonly batch_dims: number };

/** ONNX GatherND: every row of `indices` names a slice of the data. */
const gatherND = defineOp<GatherNDAttributes>({
  name: "GatherND",
  opsets: [11, 28],
  attributes: { batch_dims: attr.int(0) },
  inputs: [2, 2],
  infer(inputs, { batch_dims: batch }) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const rows = operand(inputs, 1, "indices").shape;
    const depth = rows.at(-1) ?? 0;
    if (
      depth < 1 ||
      batch < 0 ||
      batch >= rows.length ||
      batch + depth > shape.length ||
      !sameShape(shape.slice(0, batch), rows.slice(0, batch))
    ) {
      throw new OpError(`indices [${rows}] do not fit data [${shape}] with batch_dims ${batch}`);
    }
    indexOperand(inputs, 1, shape.slice(batch, batch + depth));
    return [outputInfo(dtype, [...rows.slice(0, -1), ...shape.slice(batch + depth)])];
  },
  shiftToSigned: movesElements(0),
});

export const ops: readonly OpDefinition[] = [gather, gatherElements, gatherND];
