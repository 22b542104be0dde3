import { sameShape } from "../../ir/tensor.js";
import { checkElementIndices, indexOperand } from "../gather/op.js";
import {
  attr,
  defineOp,
  normalizeAxis,
  type OpDefinition,
  OpError,
  type ShiftedOperands,
  type ValueInfo,
} from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

/** How an update meets the element in its place; `none` replaces it. */
const reductions = ["none", "add", "mul", "max", "min"] as const;
export type Reduction = (typeof reductions)[number];

export type ScatterElementsAttributes = { readonly axis: number; readonly reduction: Reduction };
export type ScatterNDAttributes = { readonly reduction: Reduction };

const reduction = attr.string<Reduction>("none", reductions);

function checkTypes(data: ValueInfo, updates: ValueInfo, how: Reduction): void {
  if (data.dtype !== updates.dtype) {
    throw new OpError(`updates are ${updates.dtype}, data is ${data.dtype}`);
  }
  if (data.dtype === "bool" && how !== "none")
    throw new OpError(`reduction "${how}" is not defined for bool`);
}

/** Sums and products mean other values; the rest moves or compares elements. */
const shiftToSigned = <A extends { readonly reduction: Reduction }>(attrs: A, shifted: ShiftedOperands) =>
  attrs.reduction === "add" || attrs.reduction === "mul" ? undefined : movesElements(0, 2)(attrs, shifted);

function inferElements(
  inputs: readonly (ValueInfo | undefined)[],
  attrs: ScatterElementsAttributes,
): ValueInfo[] {
  const [data, updates] = [operand(inputs, 0, "data"), operand(inputs, 2, "updates")];
  const axis = normalizeAxis(attrs.axis, data.shape.length);
  const indices = indexOperand(inputs, 1, [data.shape[axis]]);
  checkElementIndices(data.shape, indices.shape, axis);
  if (!sameShape(indices.shape, updates.shape)) {
    throw new OpError(`updates [${updates.shape}] and indices [${indices.shape}] differ in shape`);
  }
  checkTypes(data, updates, attrs.reduction);
  return [outputInfo(data.dtype, data.shape)];
}

/**
 * ONNX ScatterElements: a copy of the data in which, for axis 1,
 * `y[i][indices[i][j][k]][k] = updates[i][j][k]`, in row-major order of the indices.
 */
const scatterElements = defineOp<ScatterElementsAttributes>({
  name: "ScatterElements",
  opsets: [11, 28],
  attributes: { axis: attr.int(0), reduction },
  inputs: [3, 3],
  infer: inferElements,
  shiftToSigned,
});

/** ONNX Scatter, the name that ScatterElements had before opset 11. */
const scatter = defineOp<ScatterElementsAttributes>({
  name: "Scatter",
  opsets: [9, 10],
  attributes: { axis: attr.int(0), reduction },
  inputs: [3, 3],
  infer: inferElements,
  shiftToSigned,
});

/** ONNX ScatterND: a copy of the data in which every row of `indices` names a slice to update. */
const scatterND = defineOp<ScatterNDAttributes>({
  name: "ScatterND",
  opsets: [11, 28],
  attributes: { reduction },
  inputs: [3, 3],
  infer(inputs, attrs) {
    const [data, updates] = [operand(inputs, 0, "data"), operand(inputs, 2, "updates")];
    const rows = operand(inputs, 1, "indices").shape;
    const depth = rows.at(-1) ?? 0;
    const expected = [...rows.slice(0, -1), ...data.shape.slice(depth)];
    if (depth < 1 || depth > data.shape.length || !sameShape(updates.shape, expected)) {
      throw new OpError(`indices [${rows}] and updates [${updates.shape}] do not fit data [${data.shape}]`);
    }
    indexOperand(inputs, 1, data.shape.slice(0, depth));
    checkTypes(data, updates, attrs.reduction);
    return [outputInfo(data.dtype, data.shape)];
  },
  shiftToSigned,
});

export const ops: readonly OpDefinition[] = [scatterElements, scatter, scatterND];
