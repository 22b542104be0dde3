import { broadcastShapes } from "../../ir/tensor.js";
import { attr, defineOp, normalizeAxis, OpError } from "../op.js";
import { operand } from "../operands.js";
import { outputType, quantizedOperand } from "./operands.js";

/**
 * `unsigned`: ONNX Runtime on x86 turns int8 Q/DQ pairs into uint8 before it fuses them. The values are
 * the same, 128 more, but the float constants with the zero point in them round differently; the
 * operators that have such constants compute on x + 128 where this is set.
 */
export type UnsignedAttributes = { readonly unsigned: boolean };

export const unsignedAttribute = { unsigned: attr.bool(false) };

/** com.microsoft QLinearAdd and QLinearMul: a, scale, zero point, b, scale, zero point, y scale, zero point. */
const binary = (name: string) =>
  defineOp<UnsignedAttributes>({
    name,
    attributes: unsignedAttribute,
    inputs: [7, 8],
    infer(inputs) {
      const a = quantizedOperand(inputs, 0, "a");
      const b = quantizedOperand(inputs, 3, "b");
      const dtype = outputType(inputs, 6, a.dtype);
      if (a.dtype !== b.dtype || a.dtype !== dtype) {
        throw new OpError(`types differ: ${a.dtype}, ${b.dtype} -> ${dtype}`);
      }
      const shape = broadcastShapes(a.shape, b.shape);
      if (!shape) throw new OpError(`[${a.shape}] and [${b.shape}] do not broadcast`);
      return [{ dtype, shape }];
    },
  });

export const qlinearAdd = binary("com.microsoft.QLinearAdd");
export const qlinearMul = binary("com.microsoft.QLinearMul");

/** com.microsoft operators of one input: x, scale, zero point, y scale, zero point. */
const unaryInputs = {
  inputs: [4, 5] as const,
  infer(inputs: Parameters<typeof quantizedOperand>[0]) {
    const x = quantizedOperand(inputs, 0, "x");
    const dtype = outputType(inputs, 3, x.dtype);
    if (dtype !== x.dtype) throw new OpError(`types differ: ${x.dtype} -> ${dtype}`);
    return [{ dtype, shape: x.shape }];
  },
};

export const qlinearSigmoid = defineOp({
  name: "com.microsoft.QLinearSigmoid",
  attributes: {},
  ...unaryInputs,
});

export const qlinearLeakyRelu = defineOp<{ alpha: number }>({
  name: "com.microsoft.QLinearLeakyRelu",
  attributes: { alpha: attr.float(0.01) },
  ...unaryInputs,
});

/** `opset` says whose Softmax it is: below 13, `axis` begins the flattened inner dimensions. */
export type QLinearSoftmaxAttributes = UnsignedAttributes & {
  readonly axis: number;
  readonly opset: number;
};

export const qlinearSoftmax = defineOp<QLinearSoftmaxAttributes>({
  name: "com.microsoft.QLinearSoftmax",
  attributes: { axis: attr.int(-1), opset: attr.int(), ...unsignedAttribute },
  inputs: [4, 5],
  infer(inputs, attrs) {
    const [y] = unaryInputs.infer(inputs);
    softmaxAxis(attrs, y.shape.length);
    return [y];
  },
});

export const softmaxAxis = ({ axis }: QLinearSoftmaxAttributes, rank: number): number =>
  normalizeAxis(axis, rank);

/** com.microsoft QLinearConcat: y scale, y zero point, then x, scale, zero point for each input. */
export const qlinearConcat = defineOp<{ axis: number }>({
  name: "com.microsoft.QLinearConcat",
  attributes: { axis: attr.int() },
  inputs: [5, Number.POSITIVE_INFINITY],
  infer(inputs, attrs) {
    const first = quantizedOperand(inputs, 2, "input 0");
    const dtype = outputType(inputs, 0, first.dtype);
    const axis = normalizeAxis(attrs.axis, first.shape.length);
    const shape = [...first.shape];
    if ((inputs.length - 2) % 3 !== 0) throw new OpError("every input needs a scale and a zero point");
    for (let i = 2; i < inputs.length; i += 3) {
      const x = quantizedOperand(inputs, i, `input ${(i - 2) / 3}`);
      if (x.dtype !== dtype) throw new OpError(`types differ: ${x.dtype} -> ${dtype}`);
      if (x.shape.length !== shape.length || x.shape.some((d, a) => a !== axis && d !== shape[a])) {
        throw new OpError(`[${x.shape}] does not fit [${first.shape}] on axis ${axis}`);
      }
      if (i > 2) shape[axis] += x.shape[axis];
    }
    return [{ dtype, shape }];
  },
});

/** com.microsoft QLinearWhere: condition bool, x, scale, zero point, y, scale, zero point, z scale, zero point. */
export const qlinearWhere = defineOp({
  name: "com.microsoft.QLinearWhere",
  attributes: {},
  inputs: [9, 9],
  infer(inputs) {
    const condition = operand(inputs, 0, "condition");
    if (condition.dtype !== "bool") throw new OpError(`condition is ${condition.dtype}; expected bool`);
    const x = quantizedOperand(inputs, 1, "x");
    const y = quantizedOperand(inputs, 4, "y");
    const dtype = outputType(inputs, 7, x.dtype);
    if (x.dtype !== y.dtype || x.dtype !== dtype) {
      throw new OpError(`types differ: ${x.dtype}, ${y.dtype} -> ${dtype}`);
    }
    const shape = broadcastShapes(condition.shape, x.shape, y.shape);
    if (!shape) throw new OpError(`[${condition.shape}], [${x.shape}] and [${y.shape}] do not broadcast`);
    return [{ dtype, shape }];
  },
});
