import { sameShape } from "../../ir/tensor.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";

export type ConcatAttributes = { readonly axis: number };

/** ONNX Concat. */
const concat = defineOp<ConcatAttributes>({
  name: "Concat",
  opsets: [4, 28],
  attributes: { axis: attr.int() },
  inputs: [1, Number.POSITIVE_INFINITY],
  infer(inputs, attrs) {
    const first = operand(inputs, 0, "inputs");
    const axis = normalizeAxis(attrs.axis, first.shape.length);
    const sizes = inputs.map((_, i) => {
      const { dtype, shape } = operand(inputs, i, "inputs");
      if (dtype !== first.dtype || !sameShape(shape.with(axis, first.shape[axis]), first.shape)) {
        throw new OpError(
          `input ${i} is ${dtype}[${shape}], which does not fit ${first.dtype}[${first.shape}] along axis ${axis}`,
        );
      }
      return shape[axis];
    });
    return [
      outputInfo(
        first.dtype,
        first.shape.with(
          axis,
          sizes.reduce((a, b) => a + b, 0),
        ),
      ),
    ];
  },
});

export const ops: readonly OpDefinition[] = [concat];
