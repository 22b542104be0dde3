import { attr, defineOp, OpError } from "../op.js";
import { operand } from "../operands.js";

/** What is done with the reduced elements, from the first to the last in row-major order. */
export type ReduceKind = "Sum" | "Mean" | "Prod" | "Max" | "Min" | "L1" | "L2" | "SumSquare" | "LogSum";

export type ReduceAttributes = {
  readonly kind: ReduceKind;
  /** Ascending and not negative; each becomes 1 in the output. */
  readonly axes: readonly number[];
};

export type ArgReduceAttributes = {
  readonly kind: "Max" | "Min";
  /** Not negative; becomes 1 in the output. */
  readonly axis: number;
  /** Of equal elements the last counts, not the first. */
  readonly last: boolean;
};

export const reduceName = "vcgen.Reduce";
export const argReduceName = "vcgen.ArgReduce";

/** Kinds that do not depend on the order of the elements, whatever their type. */
const unordered: readonly ReduceKind[] = ["Max", "Min"];

/** Axes after a permutation; undefined if they would no longer be in the same order. */
export function permuteAxes(axes: readonly number[], perm: readonly number[]): number[] | undefined {
  const moved = axes.map((axis) => perm[axis]);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]) ? moved : undefined;
}

export const reduce = defineOp<ReduceAttributes>({
  name: reduceName,
  attributes: {
    kind: attr.string<ReduceKind>(),
    axes: attr.ints(),
  },
  inputs: [1, 1],
  infer(inputs, { axes }) {
    const { dtype, shape } = operand(inputs, 0, "x");
    if (axes.some((axis) => !(axis >= 0 && axis < shape.length))) {
      throw new OpError(`axes [${axes}] are out of range for rank ${shape.length}`);
    }
    return [{ dtype, shape: shape.map((d, axis) => (axes.includes(axis) ? 1 : d)) }];
  },
  permute(attrs, perm, inputs) {
    const axes = permuteAxes(attrs.axes, perm);
    if (axes) return { ...attrs, axes };
    const exact = unordered.includes(attrs.kind) || inputs[0]?.dtype !== "float32";
    return exact ? { ...attrs, axes: attrs.axes.map((a) => perm[a]).sort((a, b) => a - b) } : undefined;
  },
});

export const argReduce = defineOp<ArgReduceAttributes>({
  name: argReduceName,
  attributes: { kind: attr.string<"Max" | "Min">(), axis: attr.int(), last: attr.bool() },
  inputs: [1, 1],
  infer(inputs, { axis }) {
    const { shape } = operand(inputs, 0, "x");
    if (!(axis >= 0 && axis < shape.length)) throw new OpError(`axis ${axis} is out of range`);
    return [{ dtype: "int64", shape: shape.with(axis, 1) }];
  },
  permute: (attrs, perm) => ({ ...attrs, axis: perm[attrs.axis] }),
});
