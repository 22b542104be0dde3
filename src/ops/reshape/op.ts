import { numel } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition, OpError, type RawNode } from "../op.js";
import {
  constantOperand,
  int64Vector,
  normalizeAxes,
  operand,
  outputInfo,
  requiredConstant,
} from "../operands.js";

/** ONNX Reshape. Elements keep their order. */
const reshape = defineOp<{ readonly allowzero: boolean }>({
  name: "Reshape",
  opsets: [5, 28],
  attributes: { allowzero: attr.bool(false) },
  inputs: [2, 2],
  infer(inputs, { allowzero }) {
    const data = operand(inputs, 0, "data");
    const wanted = requiredConstant(inputs, 1, "shape");
    if (allowzero && wanted.includes(0) && wanted.includes(-1)) {
      throw new OpError(`shape [${wanted}] has both 0 and -1, which allowzero forbids`);
    }
    const shape = wanted.map((d, i) => {
      if (d !== 0 || allowzero) return d;
      if (i < data.shape.length) return data.shape[i];
      throw new OpError(`shape [${wanted}] copies dimension ${i} of an input of rank ${data.shape.length}`);
    });
    const free = shape.indexOf(-1);
    if (free >= 0) {
      const rest = numel(shape.filter((_, i) => i !== free));
      const size = numel(data.shape) / rest;
      if (rest === 0 || !Number.isInteger(size)) {
        throw new OpError(`cannot reshape [${data.shape}] to [${wanted}]`);
      }
      shape[free] = size;
    }
    if (shape.some((d) => d < 0) || numel(shape) !== numel(data.shape)) {
      throw new OpError(`cannot reshape [${data.shape}] to [${wanted}]: the number of elements differs`);
    }
    return [outputInfo(data.dtype, shape)];
  },
});

/** ONNX Flatten: two dimensions, split before `axis`. */
const flatten = defineOp<{ readonly axis: number }>({
  name: "Flatten",
  opsets: [1, 28],
  attributes: { axis: attr.int(1) },
  inputs: [1, 1],
  infer(inputs, attrs) {
    const { dtype, shape } = operand(inputs, 0, "input");
    const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis;
    if (axis < 0 || axis > shape.length) {
      throw new OpError(`axis ${attrs.axis} is out of range for rank ${shape.length}`);
    }
    return [outputInfo(dtype, [numel(shape.slice(0, axis)), numel(shape.slice(axis))])];
  },
});

/** ONNX Squeeze: without `axes`, every dimension of 1 goes. */
const squeeze = defineOp({
  name: "Squeeze",
  opsets: [1, 28],
  attributes: {},
  inputs: [1, 2],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const axes = constantOperand(inputs, 1, "axes");
    if (!axes)
      return [
        outputInfo(
          dtype,
          shape.filter((d) => d !== 1),
        ),
      ];
    const gone = normalizeAxes(axes, shape.length);
    for (const axis of gone) {
      if (shape[axis] !== 1) throw new OpError(`axis ${axis} of [${shape}] is ${shape[axis]}, not 1`);
    }
    return [
      outputInfo(
        dtype,
        shape.filter((_, i) => !gone.includes(i)),
      ),
    ];
  },
  upgrade: (node, opset) => (opset < 13 ? axesToInput(node) : node),
});

/** ONNX Unsqueeze: `axes` are positions in the output. */
const unsqueeze = defineOp({
  name: "Unsqueeze",
  opsets: [1, 28],
  attributes: {},
  inputs: [2, 2],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const axes = requiredConstant(inputs, 1, "axes");
    const rank = shape.length + axes.length;
    const added = normalizeAxes(axes, rank);
    const rest = [...shape];
    return [
      outputInfo(
        dtype,
        Array.from({ length: rank }, (_, i) => (added.includes(i) ? 1 : rest.shift()!)),
      ),
    ];
  },
  upgrade: (node, opset) => (opset < 13 ? axesToInput(node) : node),
});

/** Before opset 13, `axes` was an attribute. */
function axesToInput(node: RawNode): RawNode {
  const { axes, ...attributes } = node.attributes;
  if (axes === undefined) return { ...node, attributes };
  return { inputs: [node.inputs[0], int64Vector(attr.ints()(axes, "axes"))], attributes };
}

export const ops: readonly OpDefinition[] = [reshape, flatten, squeeze, unsqueeze];
