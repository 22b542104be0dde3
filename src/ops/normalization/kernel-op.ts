import { broadcastShapes, sameShape } from "../../ir/tensor.js";
import { attr, defineOp, OpError } from "../op.js";
import { operand } from "../operands.js";
import { permuteAxes } from "../reduce/kernel-op.js";

/**
 * Attributes of `vcgen.Normalize`: x, scale, bias (both optional, broadcast to x) ->
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias`, with mean and variance over `axes`. Without
 * `centered` the mean counts as 0, and the variance is the mean of the squares.
 */
export type NormalizeAttributes = {
  /** Ascending, not negative. */
  readonly axes: readonly number[];
  readonly epsilon: number;
  readonly centered: boolean;
};

export const normalizeName = "vcgen.Normalize";

export const normalize = defineOp<NormalizeAttributes>({
  name: normalizeName,
  attributes: { axes: attr.ints(), epsilon: attr.float(), centered: attr.bool() },
  inputs: [1, 3],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "x");
    for (const other of inputs.slice(1)) {
      if (other && !sameShape(broadcastShapes(shape, other.shape) ?? [], shape)) {
        throw new OpError(`[${other.shape}] does not broadcast to [${shape}]`);
      }
    }
    return [{ dtype, shape }];
  },
  permute(attrs, perm) {
    const axes = permuteAxes(attrs.axes, perm);
    return axes && { ...attrs, axes };
  },
});
