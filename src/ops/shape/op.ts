import { numel } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition } from "../op.js";
import { int64Vector, operand } from "../operands.js";

type ShapeAttributes = { readonly start: number; readonly end: number | undefined };

/** ONNX Shape: dimensions `start` to `end` (from opset 15), clamped. Known while compiling. */
const shapeOp = defineOp<ShapeAttributes>({
  name: "Shape",
  opsets: [1, 28],
  attributes: { start: attr.int(0), end: attr.optional(attr.int()) },
  inputs: [1, 1],
  infer: (inputs, { start, end }) => [int64Vector(operand(inputs, 0, "data").shape.slice(start, end))],
});

/** ONNX Size: the number of elements, 0-D. Known while compiling. */
const size = defineOp({
  name: "Size",
  opsets: [1, 28],
  attributes: {},
  inputs: [1, 1],
  infer: (inputs) => [{ ...int64Vector([numel(operand(inputs, 0, "data").shape)]), shape: [] }],
});

export const ops: readonly OpDefinition[] = [shapeOp, size];
