import type { DType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { type LegalizeBuilder, type Legalizer, view as viewAs } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import { argReduceName, type ReduceKind, reduceName } from "./kernel-op.js";
import { type OnnxArgAttributes, type OnnxReduceAttributes, reducedAxes, reducedShape } from "./op.js";

/** Adds a `vcgen.Reduce` that keeps the rank. */
export function addReduce(
  build: LegalizeBuilder,
  kind: ReduceKind,
  input: string,
  info: { dtype: DType; shape: Shape },
  axes: readonly number[],
): string {
  const output = { dtype: info.dtype, shape: reducedShape(info.shape, axes, true) };
  return build.node(reduceName, [input], output, { kind, axes });
}

const reduce =
  (kind: ReduceKind): Legalizer<OnnxReduceAttributes> =>
  ({ node, attrs, inputs, outputs }, build) => {
    const x = inputs[0]!;
    const axes = reducedAxes(inputs, attrs);
    const y = addReduce(build, kind, node.inputs[0], x, axes);
    const shape = reducedShape(x.shape, axes, true);
    return [viewAs(build, y, { dtype: x.dtype, shape }, outputs[0]!.shape)];
  };

/** m = Max(x) or 0 where that is infinite; y = Log(Sum(Exp(x - m))) + m. */
const logSumExp: Legalizer<OnnxReduceAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const x = inputs[0]!;
  const axes = reducedAxes(inputs, attrs);
  const kept = { dtype: x.dtype, shape: reducedShape(x.shape, axes, true) };
  const largest = addReduce(build, "Max", node.inputs[0], x, axes);

  const finite = new StepBuilder();
  const m = finite.input(0, x.dtype);
  finite.where(finite.compare("Less", finite.same("Abs", m), Infinity), m, 0);
  const shift = build.node(mapName, [largest], kept, { steps: finite.steps });

  const powers = new StepBuilder();
  powers.same("Exp", powers.same("Sub", powers.input(0, x.dtype), powers.input(1, x.dtype)));
  const exponentials = build.node(mapName, [node.inputs[0], shift], x, { steps: powers.steps });

  const sum = addReduce(build, "Sum", exponentials, x, axes);
  const end = new StepBuilder();
  end.same("Add", end.same("Log", end.input(0, x.dtype)), end.input(1, x.dtype));
  const y = build.node(mapName, [sum, shift], kept, { steps: end.steps });
  return [viewAs(build, y, kept, outputs[0]!.shape)];
};

const argReduce =
  (kind: "Max" | "Min"): Legalizer<OnnxArgAttributes> =>
  ({ node, attrs, inputs, outputs }, build) => {
    const { shape } = inputs[0]!;
    const axis = normalizeAxis(attrs.axis, shape.length);
    const kept = { dtype: "int64" as const, shape: shape.with(axis, 1) };
    const y = build.node(argReduceName, [node.inputs[0]], kept, {
      kind,
      axis,
      last: attrs.select_last_index,
    });
    return [viewAs(build, y, kept, outputs[0]!.shape)];
  };

const kinds: readonly ReduceKind[] = ["Sum", "Mean", "Prod", "Max", "Min", "L1", "L2", "SumSquare", "LogSum"];

export const legalizers = {
  ...Object.fromEntries(kinds.map((kind) => [`Reduce${kind}`, reduce(kind)])),
  ReduceLogSumExp: logSumExp,
  ArgMax: argReduce("Max"),
  ArgMin: argReduce("Min"),
} as Record<string, unknown> as Record<string, Legalizer>;
