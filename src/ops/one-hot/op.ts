import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { constantScalar, operand, outputInfo } from "../operands.js";

export type OneHotAttributes = { readonly axis: number };

/** The position of the new axis among the output's `rank + 1`. */
export function oneHotAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank + 1 : axis;
  if (positive < 0 || positive > rank) throw new OpError(`axis ${axis} is out of range for rank ${rank + 1}`);
  return positive;
}

/**
 * ONNX OneHot: along a new axis of `depth`, `values[1]` at the index and `values[0]` elsewhere. Negative
 * indices count from the end; an index out of range gives `values[0]` everywhere.
 */
const oneHot = defineOp<OneHotAttributes>({
  name: "OneHot",
  opsets: [9, 28],
  attributes: { axis: attr.int(-1) },
  inputs: [3, 3],
  infer(inputs, attrs) {
    const [indices, values] = [operand(inputs, 0, "indices"), operand(inputs, 2, "values")];
    const depth = constantScalar(inputs, 1, "depth");
    if (depth === undefined || depth < 1) throw new OpError(`depth is ${depth}; expected at least 1`);
    if (values.shape.length !== 1 || values.shape[0] !== 2) {
      throw new OpError(`values has shape [${values.shape}]; expected [2]: off and on`);
    }
    const axis = oneHotAxis(attrs.axis, indices.shape.length);
    return [outputInfo(values.dtype, indices.shape.toSpliced(axis, 0, Math.trunc(depth)))];
  },
});

export const ops: readonly OpDefinition[] = [oneHot];
