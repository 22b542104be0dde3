import { attr, defineOp, normalizeAxis, type OpDefinition, OpError } from "../op.js";
import { constantScalar, int64Vector, operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

export type TopKAttributes = { readonly axis: number; readonly largest: boolean; readonly sorted: boolean };

/**
 * ONNX TopK: the K largest or smallest elements along an axis, in order, and their int64 positions. Of
 * equal elements the one that comes first wins; NaN counts as larger than everything. Without `sorted`
 * the order is free: it is the same.
 */
const topK = defineOp<TopKAttributes>({
  name: "TopK",
  opsets: [1, 28],
  attributes: { axis: attr.int(-1), largest: attr.bool(true), sorted: attr.bool(true) },
  inputs: [2, 2],
  outputs: [2, 2],
  infer(inputs, attrs) {
    const { dtype, shape } = operand(inputs, 0, "X");
    if (shape.length === 0) throw new OpError("X must have at least one axis");
    const axis = normalizeAxis(attrs.axis, shape.length);
    const k = constantScalar(inputs, 1, "K");
    if (k === undefined || k < 0 || k > shape[axis]) {
      throw new OpError(`K is ${k}, but axis ${attrs.axis} of [${shape}] has ${shape[axis]} elements`);
    }
    const result = shape.with(axis, k);
    return [outputInfo(dtype, result), outputInfo("int64", result)];
  },
  shiftToSigned: movesElements(0),
  upgrade(node, opset) {
    if (opset >= 10) return node;
    const { k, ...attributes } = node.attributes;
    return { inputs: [node.inputs[0], int64Vector([attr.int()(k, "k")])], attributes };
  },
});

export const ops: readonly OpDefinition[] = [topK];
