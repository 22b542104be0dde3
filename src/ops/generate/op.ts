import type { DType, TypedArray } from "../../ir/dtype.js";
import { numel, type Tensor, tensor } from "../../ir/tensor.js";
import { dtypeAttribute } from "../data-type.js";
import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { constantScalar, operand, outputInfo, requiredConstant } from "../operands.js";

/**
 * Number of elements of a Range in ONNX Runtime's arithmetic: the difference in the operands' own type,
 * the quotient in double.
 */
export function rangeLength(inputs: readonly (ValueInfo | undefined)[]): number {
  const [start, limit, delta] = ["start", "limit", "delta"].map((name, i) => {
    constantScalar(inputs, i, name);
    return operand(inputs, i, name).data![0];
  });
  if (Number(delta) === 0) throw new OpError("delta must not be 0");
  const difference = tensorOf(operand(inputs, 0, "start").dtype, (limit as number) - (start as number));
  return Math.max(0, Math.ceil(Number(difference) / Number(delta)));
}

/** A value as an element of the type holds it. */
const tensorOf = (dtype: DType, value: number | bigint): number | bigint => {
  const one: TypedArray = tensor(dtype, [1], [value]).data;
  return one[0];
};

/** ONNX Range: start, start + delta, ... up to but without `limit`. All operands are constant. */
const range = defineOp({
  name: "Range",
  opsets: [11, 28],
  attributes: {},
  inputs: [3, 3],
  infer(inputs) {
    const { dtype } = operand(inputs, 0, "start");
    if (inputs.some((input) => input?.dtype !== dtype))
      throw new OpError("start, limit and delta differ in type");
    return [outputInfo(dtype, [rangeLength(inputs)])];
  },
});

export type ConstantOfShapeAttributes = { readonly value: Tensor | undefined };

/** ONNX ConstantOfShape: `value` (0 of float32) everywhere. */
const constantOfShape = defineOp<ConstantOfShapeAttributes>({
  name: "ConstantOfShape",
  opsets: [9, 28],
  attributes: { value: attr.optional(attr.tensor()) },
  inputs: [1, 1],
  infer(inputs, { value }) {
    if (value && numel(value.shape) !== 1)
      throw new OpError(`value has shape [${value.shape}], not one element`);
    return [outputInfo(value?.dtype ?? "float32", requiredConstant(inputs, 0, "input"))];
  },
});

export type EyeLikeAttributes = { readonly dtype: DType | undefined; readonly k: number };

/** ONNX EyeLike: ones on diagonal `k`. Known from the input's shape. */
const eyeLike = defineOp<EyeLikeAttributes>({
  name: "EyeLike",
  opsets: [9, 28],
  attributes: { dtype: dtypeAttribute(undefined), k: attr.int(0) },
  inputs: [1, 1],
  infer(inputs, { dtype, k }) {
    const input = operand(inputs, 0, "input");
    if (input.shape.length !== 2) throw new OpError(`input [${input.shape}] must have two axes`);
    return [eye(outputInfo(dtype ?? input.dtype, input.shape), k)];
  },
});

/** Largest identity matrix that is computed while inferring types: 64 M elements. */
const maxEye = 2 ** 26;

function eye({ dtype, shape }: ValueInfo, k: number): ValueInfo {
  const [rows, columns] = shape;
  if (rows * columns > maxEye) {
    throw new OpError(`output [${shape}] has more than ${maxEye} elements`, undefined, "unsupported");
  }
  const result = tensor(dtype, shape, []);
  const one = tensorOf(dtype, 1);
  for (let row = Math.max(0, -k); row < rows && row + k < columns; row++)
    result.data[row * columns + row + k] = one;
  return result;
}

export const ops: readonly OpDefinition[] = [range, constantOfShape, eyeLike];
