import { requireFloat } from "../conv/op.js";
import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { outputInfo } from "../operands.js";
import { parseEquation } from "./equation.js";

export type EinsumAttributes = { readonly equation: string };

/** Most operands an Einsum may have. */
const maxOperands = 16;

/** ONNX Einsum, opsets 12 to 28, float32: one or more operands, ellipses, diagonals. */
const einsum = defineOp<EinsumAttributes>({
  name: "Einsum",
  opsets: [12, 28],
  attributes: { equation: attr.string() },
  inputs: [1, maxOperands],
  infer(inputs, { equation }) {
    const shapes = inputs.map((input, i) => {
      if (!input) throw new OpError(`operand ${i} is missing`);
      requireFloat("Einsum", input.dtype);
      return input.shape;
    });
    const { output, sizes } = parseEquation(equation, shapes);
    return [
      outputInfo(
        "float32",
        output.map((label) => sizes.get(label)!),
      ),
    ];
  },
});

export const ops = [einsum] as readonly unknown[] as readonly OpDefinition[];
