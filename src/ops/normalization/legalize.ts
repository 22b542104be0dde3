import { zeros } from "../../ir/tensor.js";
import { addMap, type MapInput, reshaped } from "../elementwise/add-map.js";
import type { NodeView } from "../kernel.js";
import { type LegalizeBuilder, type Legalizer, view as viewAs } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import { normalizeAxes } from "../operands.js";
import { addReduce } from "../reduce/legalize.js";
import { reducedShape } from "../reduce/op.js";
import { type NormalizeAttributes, normalizeName } from "./kernel-op.js";
import {
  axesFrom,
  type EpsilonAttributes,
  type GroupAttributes,
  groupedShape,
  type LayerAttributes,
  type LpAttributes,
  type MeanVarianceAttributes,
  spatialAxes,
} from "./op.js";

const inputOf = ({ node, inputs }: NodeView<never>, index: number): MapInput | undefined =>
  inputs[index] && { name: node.inputs[index], info: inputs[index] };

/** Adds a `vcgen.Normalize` of x, scale and bias. */
function addNormalize(
  build: LegalizeBuilder,
  [x, scale, bias]: readonly (MapInput | undefined)[],
  attrs: NormalizeAttributes,
): string {
  const names = [x!.name, ...(scale || bias ? [scale?.name ?? ""] : []), ...(bias ? [bias.name] : [])];
  return build.node(normalizeName, names, { dtype: "float32", shape: x!.info.shape }, attrs);
}

const addMean = (build: LegalizeBuilder, x: MapInput, axes: readonly number[]): MapInput => ({
  name: addReduce(build, "Mean", x.name, x.info, axes),
  info: { dtype: "float32", shape: reducedShape(x.info.shape, axes, true) },
});

const addVariance = (
  build: LegalizeBuilder,
  x: MapInput,
  center: MapInput | undefined,
  axes: readonly number[],
) => {
  const squares = addMap(build, center ? [x, center] : [x], x.info, (p, a, b) => {
    const distance = b ? p.same("Sub", a, b) : a;
    return p.same("Mul", distance, distance);
  });
  return addMean(build, squares, axes);
};

/** Means and 1 / deviation, for graphs that ask for these outputs. */
function addStatistics(
  build: LegalizeBuilder,
  x: MapInput,
  { axes, epsilon, centered }: NormalizeAttributes,
): string[] {
  const center = centered ? addMean(build, x, axes) : undefined;
  const variance = addVariance(build, x, center, axes);
  const inverse = addMap(build, [variance], variance.info, (p, v) =>
    p.same("Div", 1, p.same("Sqrt", p.same("Add", v, epsilon))),
  );
  return [center?.name ?? build.constant("mean", zeros("float32", variance.info.shape)), inverse.name];
}

const layer: Legalizer<LayerAttributes> = (view, build) => {
  const [x, scale, bias] = [0, 1, 2].map((i) => inputOf(view as NodeView<never>, i));
  const { axis, epsilon } = view.attrs;
  const attrs = { axes: axesFrom(axis, x!.info.shape.length), epsilon, centered: true };
  const statistics = view.outputs[1] || view.outputs[2] ? addStatistics(build, x!, attrs) : [];
  return [addNormalize(build, [x, scale, bias], attrs), ...statistics];
};

const rms: Legalizer<LayerAttributes> = (view, build) => {
  const [x, scale] = [0, 1].map((i) => inputOf(view as NodeView<never>, i));
  const { axis, epsilon } = view.attrs;
  const attrs = { axes: axesFrom(axis, x!.info.shape.length), epsilon, centered: false };
  const inverse = view.outputs[1] ? [addStatistics(build, x!, attrs)[1]] : [];
  return [addNormalize(build, [x, scale], attrs), ...inverse];
};

/** The sum of the inputs, normalized over the last axis. */
const skipLayer =
  (centered: boolean): Legalizer<EpsilonAttributes> =>
  (view, build) => {
    const at = (i: number) => inputOf(view as NodeView<never>, i);
    const [beta, bias] = centered ? [at(3), at(4)] : [undefined, at(3)];
    const { shape } = view.inputs[0]!;
    const info = { dtype: "float32" as const, shape };
    const total = addMap(build, [at(0)!, at(1)!, ...(bias ? [bias] : [])], info, (p, ...terms) =>
      terms.reduce((a, b) => p.same("Add", a, b)),
    );
    const attrs = { axes: [shape.length - 1], epsilon: view.attrs.epsilon, centered };
    const wanted = view.outputs[1] || view.outputs[2];
    const statistics = wanted ? addStatistics(build, total, attrs) : ["", ""];
    return [addNormalize(build, [total, at(2), beta], attrs), ...statistics, total.name];
  };

const ones = (count: number): number[] => new Array<number>(Math.max(count, 0)).fill(1);

const instance: Legalizer<EpsilonAttributes> = (view, build) => {
  const { shape } = view.inputs[0]!;
  const [x, scale, bias] = [0, 1, 2].map((i) => inputOf(view as NodeView<never>, i)!);
  const parameters = [scale, bias].map((p) => reshaped(build, p, [shape[1], ...ones(shape.length - 2)]));
  const attrs = { axes: spatialAxes(shape.length), epsilon: view.attrs.epsilon, centered: true };
  return [addNormalize(build, [x, ...parameters], attrs)];
};

const group: Legalizer<GroupAttributes> = (view, build) => {
  const x = view.inputs[0]!;
  const { num_groups, epsilon } = view.attrs;
  const shape = groupedShape(x.shape, num_groups);
  const grouped = {
    name: viewAs(build, view.node.inputs[0], x, shape),
    info: { dtype: x.dtype, shape },
  };
  const parameters = [1, 2].map((i) => {
    const input = inputOf(view as NodeView<never>, i)!;
    const each = input.info.shape[0] === x.shape[1] ? shape[2] : 1;
    return reshaped(build, input, [num_groups, each, 1]);
  });
  const y = addNormalize(build, [grouped, ...parameters], { axes: [2, 3], epsilon, centered: true });
  return [viewAs(build, y, grouped.info, x.shape)];
};

/** x * s + (bias - mean * s) with s = scale / sqrt(var + epsilon): constants where all four are. */
const batch: Legalizer<EpsilonAttributes> = (view, build) => {
  const { shape } = view.inputs[0]!;
  const { epsilon } = view.attrs;
  const channels = [view.inputs[1]!.shape[0], ...ones(shape.length - 2)];
  const [x, ...parameters] = [0, 1, 2, 3, 4].map((i) => inputOf(view as NodeView<never>, i)!);
  const [scale, bias, mean, variance] = parameters.map((p) => reshaped(build, p, channels));
  const info = { dtype: "float32" as const, shape: channels };
  const factor = addMap(build, [variance, scale], info, (p, v, s) =>
    p.same("Mul", p.same("Div", 1, p.same("Sqrt", p.same("Add", v, epsilon))), s),
  );
  const offset = addMap(build, [bias, mean, factor], info, (p, b, m, s) =>
    p.same("Sub", b, p.same("Mul", m, s)),
  );
  const y = addMap(build, [x, factor, offset], view.outputs[0]!, (p, v, s, o) =>
    p.same("Add", p.same("Mul", v, s), o),
  );
  return [y.name];
};

const lp: Legalizer<LpAttributes> = (view, build) => {
  const x = inputOf(view as NodeView<never>, 0)!;
  const axes = [normalizeAxis(view.attrs.axis, x.info.shape.length)];
  const norm = {
    name: addReduce(build, view.attrs.p === 1 ? "L1" : "L2", x.name, x.info, axes),
    info: { dtype: "float32" as const, shape: reducedShape(x.info.shape, axes, true) },
  };
  const y = addMap(build, [x, norm], view.outputs[0]!, (p, v, n) =>
    p.where(p.compare("Equal", n, 0), 0, p.same("Div", v, n)),
  );
  return [y.name];
};

const meanVariance: Legalizer<MeanVarianceAttributes> = (view, build) => {
  const x = inputOf(view as NodeView<never>, 0)!;
  const axes = normalizeAxes(view.attrs.axes, x.info.shape.length).sort((a, b) => a - b);
  const center = addMean(build, x, axes);
  const variance = addVariance(build, x, center, axes);
  const y = addMap(build, [x, center, variance], view.outputs[0]!, (p, v, m, s) =>
    p.same("Div", p.same("Sub", v, m), p.same("Add", p.same("Sqrt", s), Math.fround(1e-9))),
  );
  return [y.name];
};

export const legalizers = {
  LayerNormalization: layer,
  RMSNormalization: rms,
  SimplifiedLayerNormalization: rms,
  GroupNormalization: group,
  InstanceNormalization: instance,
  BatchNormalization: batch,
  LpNormalization: lp,
  MeanVarianceNormalization: meanVariance,
  "com.microsoft.SkipLayerNormalization": skipLayer(true),
  "com.microsoft.SkipSimplifiedLayerNormalization": skipLayer(false),
} as Record<string, unknown> as Record<string, Legalizer>;
