import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { constantScalar, operand, outputInfo } from "../operands.js";

export type TriluAttributes = { readonly upper: boolean };

/** ONNX Trilu: the triangle on and above (`upper`) or below diagonal `k` of every matrix; 0 elsewhere. */
const trilu = defineOp<TriluAttributes>({
  name: "Trilu",
  opsets: [14, 28],
  attributes: { upper: attr.bool(true) },
  inputs: [1, 2],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "input");
    constantScalar(inputs, 1, "k");
    if (shape.length < 2) throw new OpError(`input [${shape}] must have at least two axes`);
    return [outputInfo(dtype, shape)];
  },
});

export const ops: readonly OpDefinition[] = [trilu];
