import type { DType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { addMap } from "../elementwise/add-map.js";
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
  const x = { name: node.inputs[0], info: inputs[0]! };
  const axes = reducedAxes(inputs, attrs);
  const kept = { dtype: x.info.dtype, shape: reducedShape(x.info.shape, axes, true) };
  const largest = { name: addReduce(build, "Max", x.name, x.info, axes), info: kept };
  const m = addMap(build, [largest], kept, (p, max) =>
    p.where(p.compare("Less", p.same("Abs", max), Infinity), max, 0),
  );
  const powers = addMap(build, [x, m], x.info, (p, a, b) => p.same("Exp", p.same("Sub", a, b)));
  const sum = { name: addReduce(build, "Sum", powers.name, x.info, axes), info: kept };
  const y = addMap(build, [sum, m], kept, (p, a, b) => p.same("Add", p.same("Log", a), b));
  return [viewAs(build, y.name, kept, outputs[0]!.shape)];
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
