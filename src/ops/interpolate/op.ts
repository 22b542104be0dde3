import type { Shape } from "../../ir/tensor.js";
import { defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";

/** How one axis is interpolated: two neighbours for each of its output positions. */
interface Line {
  readonly axis: number;
  /** Input positions, two for each output position; -1 where the fill value stands. */
  readonly positions: readonly number[];
  /** float32 weights, in the same order. */
  readonly weights: readonly number[];
}

/**
 * Attributes of `vcgen.Interpolate`: Resize in mode linear. An output is the sum, over all combinations of
 * neighbours with the last line's fastest, of `weight * x`, where `weight` is the product of the weights
 * from the last line to the first. float32, every operation rounded; int8 and uint8 results are cut off.
 */
export type InterpolateAttributes = {
  readonly shape: Shape;
  readonly lines: readonly Line[];
  /** Index of the one-element input that stands where a position is -1; undefined where none is. */
  readonly fill?: number;
};

export const interpolateName = "vcgen.Interpolate";

const interpolate = defineOp<InterpolateAttributes>({
  name: interpolateName,
  attributes: {
    shape: (value) => value as Shape,
    lines: (value) => value as readonly Line[],
    fill: (value) => value as number | undefined,
  },
  inputs: [1, 2],
  infer(inputs, { shape, lines, fill }) {
    const x = operand(inputs, 0, "x");
    const least = fill === undefined ? 0 : -1;
    const fits = shape.every((size, axis) => {
      const line = lines.find((l) => l.axis === axis);
      if (!line) return size === x.shape[axis];
      const inside = line.positions.every((p) => p >= least && p < x.shape[axis]);
      return inside && line.positions.length === 2 * size && line.weights.length === 2 * size;
    });
    if (!fits) throw new OpError(`lines do not fit [${x.shape}] and [${shape}]`);
    return [outputInfo(x.dtype, shape)];
  },
  permute(attrs, perm) {
    return {
      ...attrs,
      shape: perm.map((_, axis) => attrs.shape[perm.indexOf(axis)]),
      lines: attrs.lines.map((line) => ({ ...line, axis: perm[line.axis] })),
    };
  },
});

export const ops: readonly OpDefinition[] = [interpolate];
