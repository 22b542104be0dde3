import { defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";

/**
 * Attributes of `vcgen.Filter`: weighted sums along one axis, of float32. Output position i is the sum,
 * from 0 on and in order, of `weights[t] * x[positions[t]]` for t from ends[i - 1] (0 for the first) to
 * below ends[i].
 */
export type FilterAttributes = {
  readonly axis: number;
  readonly ends: readonly number[];
  readonly positions: readonly number[];
  readonly weights: readonly number[];
};

export const filterName = "vcgen.Filter";

const filter = defineOp<FilterAttributes>({
  name: filterName,
  attributes: {
    axis: (value) => value as number,
    ends: (value) => value as readonly number[],
    positions: (value) => value as readonly number[],
    weights: (value) => value as readonly number[],
  },
  inputs: [1, 1],
  infer(inputs, { axis, ends, positions, weights }) {
    const { dtype, shape } = operand(inputs, 0, "x");
    const inside = positions.every((p) => p >= 0 && p < shape[axis]);
    if (
      dtype !== "float32" ||
      !inside ||
      positions.length !== weights.length ||
      ends.at(-1) !== weights.length
    ) {
      throw new OpError(`taps do not fit axis ${axis} of ${dtype}[${shape}]`);
    }
    return [outputInfo(dtype, shape.with(axis, ends.length))];
  },
  permute: (attrs, perm) => ({ ...attrs, axis: perm[attrs.axis] }),
});

export const ops: readonly OpDefinition[] = [filter];
