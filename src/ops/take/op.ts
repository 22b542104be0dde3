import { invertPermutation } from "../../ir/permute.js";
import type { Shape } from "../../ir/tensor.js";
import { defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

/**
 * Attributes of `vcgen.Take`: output element [i, j, ...] is input element [tables[0][i], tables[1][j], ...].
 * Gather with constant indices and Resize to the nearest element in one.
 */
export type TakeAttributes = {
  readonly shape: Shape;
  /** For each axis, the input position of every output position; undefined where they are the same. */
  readonly tables: readonly (readonly number[] | undefined)[];
  /** Index of the one-element input that stands where a table has -1; undefined where none has. */
  readonly fill?: number;
};

export const takeName = "vcgen.Take";

const take = defineOp<TakeAttributes>({
  name: takeName,
  attributes: {
    shape: (value) => value as Shape,
    tables: (value) => value as TakeAttributes["tables"],
    fill: (value) => value as number | undefined,
  },
  inputs: [1, 2],
  infer(inputs, { shape, tables, fill }) {
    const data = operand(inputs, 0, "x");
    const least = fill === undefined ? 0 : -1;
    const fits = shape.every((size, axis) => {
      const table = tables[axis];
      if (!table) return size === data.shape[axis];
      return table.length === size && table.every((i) => i >= least && i < data.shape[axis]);
    });
    if (!fits) throw new OpError(`tables do not fit [${data.shape}] and [${shape}]`);
    return [outputInfo(data.dtype, shape)];
  },
  permute(attrs, perm) {
    const inverse = invertPermutation(perm);
    return {
      ...attrs,
      shape: inverse.map((axis) => attrs.shape[axis]),
      tables: inverse.map((axis) => attrs.tables[axis]),
    };
  },
  shiftToSigned: (attrs, shifted) =>
    attrs.fill === undefined ? movesElements(0)(attrs, shifted) : undefined,
});

export const ops: readonly OpDefinition[] = [take];
