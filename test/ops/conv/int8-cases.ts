import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import { convName, kernelConv } from "../../../src/ops/conv/kernel-op.js";
import type { KernelCase } from "../kernel-harness.js";
import type { Random } from "../random.js";

/** A convolution of int8 to int8, channels-last. */
export interface ConvShape {
  readonly batch?: number;
  readonly channels: number;
  readonly outputs: number;
  readonly spatial: readonly number[];
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  /** Begins, then ends. */
  readonly pads?: readonly number[];
  /** 1, or the number of channels. */
  readonly group?: number;
  /**
   * How large weights are: `full` takes all of int8, with many -128; `peak` has one weight of 127 or -128 in
   * most channels, as quantization by channel gives; `small` allows long 16-bit sums; `nibble` is 4 bits.
   */
  readonly weights?: "full" | "peak" | "small" | "nibble";
}

/** Biases, scales and bounds that bring most sums into range and some far beyond. */
export function convCase(random: Random, shape: ConvShape): Omit<KernelCase, "kernel"> {
  const rank = shape.spatial.length;
  const group = shape.group ?? 1;
  const wShape = [shape.outputs, ...shape.kernel, shape.channels / group];
  const depth = wShape.slice(1).reduce((n, k) => n * k, 1);
  const x = extremes(random, random.tensor("int8", [shape.batch ?? 1, ...shape.spatial, shape.channels]));
  const w = weightsOf(random, wShape, depth, shape.weights ?? "peak");
  const spread = (w.data as Int8Array).reduce((sum, v) => sum + v ** 2, 0) / w.data.length;
  const typical = 100 / (74 * Math.sqrt(spread * depth) + 1);
  const bias =
    random.next() < 0.7 ? tensor("int32", [shape.outputs], biases(random, shape.outputs, depth)) : undefined;
  const ones = new Array<number>(rank).fill(1);
  const scale = () => Math.fround(typical * random.pick([0.3, 1, 1, 1, 40]) * (0.5 + random.next()));
  const [min, max] = random.pick([
    [-128, 127],
    [-128, 127],
    [-100, 90],
    [5, 127],
  ] as const);
  const attrs = {
    strides: shape.strides ?? ones,
    dilations: shape.dilations ?? ones,
    pads: shape.pads ?? [...ones, ...ones].map(() => 0),
    group,
    xZeroPoint: random.pick([-128, 0, 127, random.int(-128, 127)]),
    wZeroPoints: [0],
    output: {
      kind: "requantize",
      dtype: "int8",
      scales: Array.from({ length: random.pick([1, shape.outputs]) }, scale),
      zeroPoint: random.int(min, max),
      min,
      max,
    },
  } as const;
  const inputs = [x, w, bias];
  return { op: convName, inputs, constants: [1, 2], attrs, outputs: kernelConv.infer(inputs, attrs, 1) };
}

/** Runs of -128, which drive 16-bit sums to their ends. */
function extremes(random: Random, x: Tensor): Tensor {
  const data = x.data as Int8Array;
  const from = random.int(0, data.length - 1);
  data.fill(random.pick([-128, 127]), from, from + Math.ceil(data.length / 3));
  return x;
}

function weightsOf(
  random: Random,
  shape: readonly number[],
  depth: number,
  kind: NonNullable<ConvShape["weights"]>,
): Tensor {
  const w = random.tensor("int8", shape);
  const data = w.data as Int8Array;
  if (kind === "full") {
    data.fill(-128, 0, Math.ceil(data.length / 3));
    return w;
  }
  const limit = { small: 15, peak: 60, nibble: 7 }[kind];
  for (let i = 0; i < data.length; i++) data[i] = random.int(-limit, limit);
  if (kind === "peak") {
    for (let from = 0; from < data.length; from += depth) {
      if (random.next() < 0.8) data[from + random.int(0, depth - 1)] = random.pick([127, -128]);
    }
  }
  if (kind === "nibble") data[data.length - 1] = -8;
  // A channel that is always the same.
  if (random.next() < 0.3) data.fill(0, 0, depth);
  return w;
}

const biases = (random: Random, count: number, depth: number): number[] =>
  Array.from({ length: count }, () =>
    random.next() < 0.1 ? random.pick([2 ** 29, -(2 ** 29)]) : random.int(-2000 * depth, 2000 * depth),
  );

/** Any ungrouped convolution of one or two dimensions, or any depthwise one of at least 8 channels. */
export function randomShape(random: Random, depthwise: boolean): ConvShape {
  const rank = random.int(1, 2);
  const channels = depthwise ? random.int(8, 40) : random.int(1, 40);
  const kernel = random.next() < 0.3 ? new Array<number>(rank).fill(1) : random.list(rank, 1, 4);
  const dilations = random.list(rank, 1, 3);
  const strides = random.list(rank, 1, 3);
  const pads = random.next() < 0.4 ? new Array<number>(2 * rank).fill(0) : random.list(2 * rank, 0, 4);
  const spatial = kernel.map((k, axis) => (k - 1) * dilations[axis] + random.int(1, 7));
  return {
    batch: random.pick([1, 1, 2]),
    channels,
    outputs: depthwise ? channels : random.int(1, 21),
    spatial,
    kernel,
    strides,
    dilations,
    pads,
    group: depthwise ? channels : 1,
    weights: random.pick(["full", "peak", "small"]),
  };
}
