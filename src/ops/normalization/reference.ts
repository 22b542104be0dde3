import { broadcastStrides, type Shape, sameShape, type Tensor, zeros } from "../../ir/tensor.js";
import { sqrt } from "../../math/sqrt.js";
import { eachIndex } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import { normalizeAxes } from "../operands.js";
import { eachGroup } from "../reduce/groups.js";
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

const f = Math.fround;

const sum = (values: readonly number[]): number => values.reduce((s, v) => f(s + v), 0);
const mean = (values: readonly number[]): number => f(sum(values) / f(values.length));
/** Mean of the squared distances from `center`. */
const variance = (values: readonly number[], center: number): number =>
  mean(values.map((v) => f(f(v - center) * f(v - center))));

/** The elements of a tensor repeated as if it were broadcast to `shape`. */
function spread(t: Tensor, shape: Shape): number[] {
  if (sameShape(t.shape, shape)) return Array.from(t.data as Float32Array);
  const strides = broadcastStrides(t.shape, shape);
  const values: number[] = [];
  eachIndex(shape, (index) => {
    values.push(Number(t.data[index.reduce((at, i, axis) => at + i * strides[axis], 0)]));
  });
  return values;
}

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias` over the groups of elements along `axes`, each
 * operation rounded to float32 and sums from left to right; then the means and 1 / deviation.
 */
function normalized(
  x: Tensor,
  scale: Tensor | undefined,
  bias: Tensor | undefined,
  { axes, epsilon, centered }: NormalizeAttributes,
): [Tensor, Tensor, Tensor] {
  const y = zeros("float32", x.shape);
  const kept = reducedShape(x.shape, axes, true);
  const [means, inverses] = [zeros("float32", kept), zeros("float32", kept)];
  const [scales, biases] = [scale && spread(scale, x.shape), bias && spread(bias, x.shape)];
  eachGroup(x.shape, axes, (positions, group) => {
    const values = positions.map((p) => Number(x.data[p]));
    const center = centered ? mean(values) : 0;
    const deviation = sqrt(f(variance(values, center) + epsilon));
    means.data[group] = center;
    inverses.data[group] = f(1 / deviation);
    positions.forEach((p, i) => {
      const unit = f(f(values[i] - center) / deviation);
      const scaled = scales ? f(unit * scales[p]) : unit;
      y.data[p] = biases ? f(scaled + biases[p]) : scaled;
    });
  });
  return [y, means, inverses];
}

/** A vector of channels in a shape that broadcasts to [N, C, ...]. */
const alongChannels = (t: Tensor, rank: number): Tensor => ({
  ...t,
  shape: [t.shape[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(1)],
});

const layer: Reference<LayerAttributes> = ([x, scale, bias], { axis, epsilon }) =>
  normalized(x!, scale, bias, { axes: axesFrom(axis, x!.shape.length), epsilon, centered: true });

const rms: Reference<LayerAttributes> = ([x, scale], { axis, epsilon }) => {
  const axes = axesFrom(axis, x!.shape.length);
  const [y, , inverses] = normalized(x!, scale, undefined, { axes, epsilon, centered: false });
  return [y, inverses];
};

const group: Reference<GroupAttributes> = ([x, scale, bias], { num_groups, epsilon }) => {
  const shape = groupedShape(x!.shape, num_groups);
  const parameter = (t: Tensor): Tensor => ({
    ...t,
    shape: t.shape[0] === x!.shape[1] ? [num_groups, shape[2], 1] : [num_groups, 1, 1],
  });
  const options = { axes: [2, 3], epsilon, centered: true };
  const [y] = normalized({ ...x!, shape }, parameter(scale!), parameter(bias!), options);
  return [{ ...y, shape: x!.shape }];
};

const instance: Reference<EpsilonAttributes> = ([x, scale, bias], { epsilon }) => {
  const rank = x!.shape.length;
  const options = { axes: spatialAxes(rank), epsilon, centered: true };
  return [normalized(x!, alongChannels(scale!, rank), alongChannels(bias!, rank), options)[0]];
};

/** In ONNX Runtime's order: s = scale * (1 / sqrt(var + epsilon)), y = x * s + (bias - mean * s). */
const batch: Reference<EpsilonAttributes> = ([x, scale, bias, means, variances], { epsilon }) => {
  const y = zeros("float32", x!.shape);
  const inner = x!.shape.slice(2).reduce((n, d) => n * d, 1);
  const channels = scale!.shape[0];
  const value = (t: Tensor | undefined, c: number) => Number(t!.data[c]);
  for (let i = 0; i < y.data.length; i++) {
    const c = Math.floor(i / inner) % channels;
    const factor = f(f(1 / sqrt(f(value(variances, c) + epsilon))) * value(scale, c));
    const offset = f(value(bias, c) - f(value(means, c) * factor));
    y.data[i] = f(f(Number(x!.data[i]) * factor) + offset);
  }
  return [y];
};

/** Groups of elements along `axes`, each replaced by what `formula` makes of it. */
function byGroup(x: Tensor, axes: readonly number[], formula: (values: number[]) => number[]): Tensor {
  const y = zeros("float32", x.shape);
  eachGroup(x.shape, axes, (positions) => {
    const results = formula(positions.map((p) => Number(x.data[p])));
    positions.forEach((p, i) => {
      y.data[p] = results[i];
    });
  });
  return y;
}

const lp: Reference<LpAttributes> = ([x], { axis, p }) => [
  byGroup(x!, [normalizeAxis(axis, x!.shape.length)], (values) => {
    const norm = p === 1 ? sum(values.map(Math.abs)) : sqrt(sum(values.map((v) => f(v * v))));
    return values.map((v) => (norm === 0 ? 0 : f(v / norm)));
  }),
];

const meanVariance: Reference<MeanVarianceAttributes> = ([x], { axes }) => [
  byGroup(x!, normalizeAxes(axes, x!.shape.length), (values) => {
    const center = mean(values);
    const deviation = f(sqrt(variance(values, center)) + f(1e-9));
    return values.map((v) => f(f(v - center) / deviation));
  }),
];

const skipLayer =
  (centered: boolean): Reference<EpsilonAttributes> =>
  ([input, skip, gamma, ...rest], { epsilon }) => {
    const [beta, bias] = centered ? rest : [undefined, rest[0]];
    const { shape } = input!;
    const [skips, biases] = [spread(skip!, shape), bias && spread(bias, shape)];
    const total = zeros("float32", shape);
    for (let i = 0; i < total.data.length; i++) {
      const both = f(Number(input!.data[i]) + skips[i]);
      total.data[i] = biases ? f(both + biases[i]) : both;
    }
    const options = { axes: [shape.length - 1], epsilon, centered };
    return [...normalized(total, gamma, beta, options), total];
  };

export const references = {
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
  [normalizeName]: (([x, scale, bias], attrs) => [
    normalized(x!, scale, bias, attrs)[0],
  ]) as Reference<NormalizeAttributes>,
} as Record<string, unknown> as Record<string, Reference>;
