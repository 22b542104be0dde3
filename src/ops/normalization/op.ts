import { broadcastShapes, numel, type Shape, sameShape } from "../../ir/tensor.js";
import { newestOpset } from "../elementwise/define.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { normalizeAxes, operand } from "../operands.js";
import { reducedShape } from "../reduce/op.js";
import { normalize } from "./kernel-op.js";

export type EpsilonAttributes = { readonly epsilon: number };
export type LayerAttributes = EpsilonAttributes & { readonly axis: number };
export type GroupAttributes = EpsilonAttributes & { readonly num_groups: number };
export type LpAttributes = { readonly axis: number; readonly p: 1 | 2 };
export type MeanVarianceAttributes = { readonly axes: readonly number[] };

/** The axes from `axis` to the last. */
export function axesFrom(axis: number, rank: number): number[] {
  const first = normalizeAxis(axis, rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

/** All axes after the second: those of one channel. */
export const spatialAxes = (rank: number): number[] => Array.from({ length: rank - 2 }, (_, i) => i + 2);

function floatOperand(inputs: readonly (ValueInfo | undefined)[], index: number, name: string): ValueInfo {
  const input = operand(inputs, index, name);
  if (input.dtype === "float32") return input;
  throw new OpError(`input ${index} (${name}) is ${input.dtype}; expected float32`, undefined, "unsupported");
}

/** Checks an optional operand that broadcasts to x, but not x to it. */
function checkBroadcast(
  inputs: readonly (ValueInfo | undefined)[],
  index: number,
  name: string,
  shape: Shape,
): void {
  if (!inputs[index]) return;
  const own = floatOperand(inputs, index, name).shape;
  if (!sameShape(broadcastShapes(shape, own) ?? [], shape)) {
    throw new OpError(`${name} [${own}] does not broadcast to [${shape}]`);
  }
}

/** Checks operands that have one element for each channel (or one of the other lengths allowed). */
function checkChannels(
  inputs: readonly (ValueInfo | undefined)[],
  names: readonly string[],
  lengths: readonly number[],
): void {
  names.forEach((name, i) => {
    const { shape } = floatOperand(inputs, i + 1, name);
    if (shape.length !== 1 || !lengths.includes(shape[0])) {
      throw new OpError(`${name} is [${shape}]; expected [${lengths[0]}]`);
    }
  });
}

const same = ({ dtype, shape }: ValueInfo): ValueInfo => ({ dtype, shape });

/** Means and inverse deviations, as optional outputs. */
const statistics = (shape: Shape): ValueInfo[] => [
  { dtype: "float32", shape },
  { dtype: "float32", shape },
];

/** stash_type 1: statistics in float32, as they always are here. */
const stashType = attr.int(1);

/** X, Scale, B -> Y, Mean, InvStdDev: normalized over the axes from `axis` on. */
const layer = defineOp<LayerAttributes & { stash_type: number }>({
  name: "LayerNormalization",
  opsets: [1, newestOpset],
  attributes: { axis: attr.int(-1), epsilon: attr.float(1e-5), stash_type: stashType },
  inputs: [2, 3],
  outputs: [1, 3],
  infer(inputs, { axis }, outputs) {
    const x = floatOperand(inputs, 0, "X");
    checkBroadcast(inputs, 1, "Scale", x.shape);
    checkBroadcast(inputs, 2, "B", x.shape);
    const shape = reducedShape(x.shape, axesFrom(axis, x.shape.length), true);
    return [same(x), ...statistics(shape)].slice(0, outputs);
  },
});

/** X, scale -> Y: divided by the root of the mean square over the axes from `axis` on. */
const rms = (name: string, opsets: readonly [number, number], mostOutputs: number) =>
  defineOp<LayerAttributes & { stash_type: number }>({
    name,
    opsets,
    attributes: { axis: attr.int(-1), epsilon: attr.float(1e-5), stash_type: stashType },
    inputs: [2, 2],
    outputs: [1, mostOutputs],
    infer(inputs, { axis }, outputs) {
      const x = floatOperand(inputs, 0, "X");
      checkBroadcast(inputs, 1, "scale", x.shape);
      const shape = reducedShape(x.shape, axesFrom(axis, x.shape.length), true);
      return [same(x), statistics(shape)[0]].slice(0, outputs);
    },
  });

/** X [N, C, ...], scale, bias -> Y: groups of channels normalized. Opset 18 scales groups, 21 channels. */
const group = defineOp<GroupAttributes & { stash_type: number }>({
  name: "GroupNormalization",
  opsets: [18, newestOpset],
  attributes: { epsilon: attr.float(1e-5), num_groups: attr.int(), stash_type: stashType },
  inputs: [3, 3],
  infer(inputs, { num_groups }) {
    const x = floatOperand(inputs, 0, "X");
    const channels = x.shape[1] ?? 0;
    if (num_groups < 1 || channels % num_groups !== 0) {
      throw new OpError(`${channels} channels do not divide into ${num_groups} groups`);
    }
    checkChannels(inputs, ["scale", "bias"], [channels, num_groups]);
    return [same(x)];
  },
});

/** input [N, C, ...], scale [C], B [C]: each channel of each image normalized. */
const instance = defineOp<EpsilonAttributes>({
  name: "InstanceNormalization",
  opsets: [6, newestOpset],
  attributes: { epsilon: attr.float(1e-5) },
  inputs: [3, 3],
  infer(inputs) {
    const x = floatOperand(inputs, 0, "input");
    if (x.shape.length < 3) throw new OpError(`input is [${x.shape}]; expected [N, C, ...]`);
    checkChannels(inputs, ["scale", "B"], [x.shape[1]]);
    return [same(x)];
  },
});

/** X [N, C, ...], scale, B, mean, var [C]: as inference computes it. */
const batch = defineOp<EpsilonAttributes & { momentum: number; spatial: number; training_mode: boolean }>({
  name: "BatchNormalization",
  opsets: [7, newestOpset],
  attributes: {
    epsilon: attr.float(1e-5),
    momentum: attr.float(0.9),
    spatial: attr.int(1),
    training_mode: attr.bool(false),
  },
  inputs: [5, 5],
  infer(inputs, { training_mode, spatial }) {
    const x = floatOperand(inputs, 0, "X");
    if (training_mode || spatial !== 1) {
      throw new OpError(
        training_mode
          ? "BatchNormalization in training mode is not supported"
          : "spatial = 0 is not supported",
        "export the model in evaluation mode",
        "unsupported",
      );
    }
    checkChannels(inputs, ["scale", "B", "input_mean", "input_var"], [x.shape.length < 2 ? 1 : x.shape[1]]);
    return [same(x)];
  },
});

/** x divided by its 1- or 2-norm along an axis; where the norm is 0, 0. */
const lp = defineOp<LpAttributes>({
  name: "LpNormalization",
  opsets: [1, newestOpset],
  attributes: {
    axis: attr.int(-1),
    p: (value, name) => {
      const p = attr.int(2)(value, name);
      if (p === 1 || p === 2) return p;
      throw new OpError(`attribute "${name}" is ${p}; supported: 1, 2`);
    },
  },
  inputs: [1, 1],
  infer(inputs, { axis }) {
    const x = floatOperand(inputs, 0, "input");
    normalizeAxis(axis, x.shape.length);
    return [same(x)];
  },
});

/** (X - mean) / (sqrt(variance) + 1e-9), both over `axes`. */
const meanVariance = defineOp<MeanVarianceAttributes>({
  name: "MeanVarianceNormalization",
  opsets: [9, newestOpset],
  attributes: { axes: attr.ints([0, 2, 3]) },
  inputs: [1, 1],
  infer(inputs, { axes }) {
    const x = floatOperand(inputs, 0, "X");
    normalizeAxes(axes, x.shape.length);
    return [same(x)];
  },
});

/**
 * com.microsoft: input, skip, gamma, then beta (not in the simplified form), bias -> the layer
 * normalization of input + skip + bias over the last axis; output 3 is that sum. Outputs 1 and 2 are for
 * training.
 */
const skipLayer = (name: string, last: number) =>
  defineOp<EpsilonAttributes>({
    name: `com.microsoft.${name}`,
    attributes: { epsilon: attr.float(1e-12) },
    inputs: [3, last + 1],
    outputs: [1, 4],
    infer(inputs, _, outputs) {
      const x = floatOperand(inputs, 0, "input");
      for (let i = 1; i <= last; i++) checkBroadcast(inputs, i, `input ${i}`, x.shape);
      const shape = reducedShape(x.shape, [x.shape.length - 1], true);
      return [same(x), ...statistics(shape), same(x)].slice(0, outputs);
    },
  });

export const ops = [
  layer,
  rms("RMSNormalization", [23, newestOpset], 1),
  rms("SimplifiedLayerNormalization", [1, newestOpset], 2),
  group,
  instance,
  batch,
  lp,
  meanVariance,
  skipLayer("SkipLayerNormalization", 4),
  skipLayer("SkipSimplifiedLayerNormalization", 3),
  normalize,
] as readonly unknown[] as readonly OpDefinition[];

/** The shape of [N, C, ...] with its channels in groups: [N, groups, C / groups, elements of a channel]. */
export const groupedShape = (shape: Shape, groups: number): number[] => [
  shape[0],
  groups,
  shape[1] / groups,
  numel(shape.slice(2)),
];
