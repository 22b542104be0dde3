import { attr, defineOp, normalizeAxis, type OpDefinition, OpError } from "../op.js";
import { constantScalar, operand, outputInfo } from "../operands.js";

export type CumSumAttributes = { readonly exclusive: boolean; readonly reverse: boolean };

/** ONNX CumSum: sums along an axis, without the element itself if `exclusive`, from the end if `reverse`. */
const cumSum = defineOp<CumSumAttributes>({
  name: "CumSum",
  opsets: [11, 28],
  attributes: { exclusive: attr.bool(false), reverse: attr.bool(false) },
  inputs: [2, 2],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "x");
    normalizeAxis(constantScalar(inputs, 1, "axis") ?? 0, shape.length);
    if (dtype === "bool" || shape.length === 0) throw new OpError(`cannot sum ${dtype}[${shape}]`);
    return [outputInfo(dtype, shape)];
  },
});

export const ops: readonly OpDefinition[] = [cumSum];
