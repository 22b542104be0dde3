import { type DType, dtypeInfo, type TypedArray } from "../../ir/dtype.js";
import { numel, type Shape } from "../../ir/tensor.js";
import { type AccumulatorRange, int32Range, reachableRange } from "../../proof/requantize/range.js";
import type { Target } from "../../target/target.js";
import { lanesPerBlock } from "../channel-blocks.js";
import type { Accepted, KernelCode, KernelParameter } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import type { AccumulatorOutput } from "../requantize.js";
import { type Store, storeCost, storeOf } from "../store.js";
import { convolutionLoops, type WindowLoop } from "../window-loops.js";
import { type Decoding, decodingNote, decodingOf } from "./scalar-decoding.js";
import { passesOf } from "./scalar-passes.js";
import { decodeBlocks, interleave } from "./stored-weights.js";

/** A convolution or transposed convolution for templates/ops/conv/scalar.c.hbs. */
export interface ScalarConvolution {
  readonly x: ValueInfo;
  /** [OC, ...kernel, C/group] */
  readonly weights: ValueInfo & { readonly data: TypedArray };
  readonly bias?: TypedArray;
  readonly y: ValueInfo;
  readonly group: number;
  readonly xZeroPoint: number;
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
  readonly loops: readonly WindowLoop[];
}

/** Portable C for any convolution: a block of 4 output channels at a time over clipped windows. */
export function scalarConvolution(c: ScalarConvolution, target: Target): Accepted {
  const outputs = c.weights.shape[0];
  const inputs = c.weights.shape[c.weights.shape.length - 1];
  const taps = numel(c.weights.shape.slice(1, -1));
  const positions = numel(c.y.shape) / outputs;
  const depthwise = isDepthwise(c);
  const clips = c.loops.some((loop) => loop.clip);
  const float = c.output.kind === "float32";
  const lanes = Math.min(lanesPerBlock, outputs / c.group);
  // Thumb-1 reaches 8 registers with most instructions, and copies what MULS would lose.
  const copies = target.features.longMultiply ? 1 : 2;
  const perMac =
    (depthwise ? 4 : 2 + 3 / lanes) * copies + (float && target.features.fpu === "none" ? 120 : 0);
  const decoding = decodingOf(c);
  let code: Code | undefined;
  const once = () => {
    code ??= float ? floatCode(c, target) : integerCode(c, target);
    return code;
  };
  return {
    cost: positions * (20 + outputs * (taps * inputs * perMac + storeCost(c.output, target))),
    reason: `${depthwise ? "depthwise" : "any shape"}, ${clips ? "clipped windows" : "whole windows"}`,
    scratch: decoding && decoding.channels * taps * inputs * dtypeInfo[decoding.dtype].bytes,
    get notes() {
      return [...once().store.notes, ...(decoding ? [decodingNote(decoding)] : [])];
    },
    lower: () => lowerConvolution(c, once(), target, decoding),
  };
}

export const isDepthwise = ({ weights, group }: ScalarConvolution): boolean =>
  weights.shape[weights.shape.length - 1] === 1 && group === weights.shape[0] && group > 1;

/** What an element type makes of a convolution. */
interface Code {
  readonly store: Store;
  /** Type and first value of the accumulators, and of an operand. */
  readonly sum: string;
  readonly zero: string;
  readonly operand: string;
  /** What each accumulator starts from, if not from `zero`. */
  readonly start?: Int32Array;
  /** Added to float32 sums. */
  readonly bias?: TypedArray;
  /** The zero point is taken off every input. */
  readonly subtract: boolean;
  readonly wraps: boolean;
}

function floatCode(c: ScalarConvolution, target: Target): Code {
  const store = storeOf({ output: c.output, target, addBias: c.bias !== undefined });
  return { store, sum: "float", zero: "0.0F", operand: "float", bias: c.bias, subtract: false, wraps: false };
}

/** Where every window is whole, `-xZeroPoint * sum(w)` goes with the bias and inputs are used as they are. */
function integerCode(c: ScalarConvolution, target: Target): Code {
  const whole = !c.loops.some((loop) => loop.clip);
  const offsets = offsetsOf(c, whole);
  const sums = rangesOf(c, offsets, whole ? 0 : c.xZeroPoint);
  const wraps = sums.includes(int32Range);
  const bare = rangesOf(c, new Int32Array(offsets.length), whole ? 0 : c.xZeroPoint);
  const store = storeOf({
    output: c.output,
    target,
    wraps,
    ranges: rangesOf(c, offsetsOf(c, false), c.xZeroPoint),
    offsets: bare.includes(int32Range) ? undefined : offsets,
  });
  return {
    store,
    sum: wraps ? "uint32_t" : "int32_t",
    zero: wraps ? "0U" : "0",
    operand: "int32_t",
    start: store.folded || offsets.every((offset) => offset === 0) ? undefined : offsets,
    subtract: !whole && c.xZeroPoint !== 0,
    wraps,
  };
}

function lowerConvolution(c: ScalarConvolution, code: Code, target: Target, decoding?: Decoding): KernelCode {
  const outputs = c.weights.shape[0];
  const depth = numel(c.weights.shape.slice(1));
  const depthwise = isDepthwise(c);
  const grouped = !depthwise && c.group > 1;
  /** Of one call. */
  const called = decoding?.channels ?? outputs;
  const channels = grouped ? outputs / c.group : called;
  const weights = decoding ? undefined : packWeights(c, channels);
  const groupInputs = c.weights.shape[c.weights.shape.length - 1];
  const { x, loops } = flatten(c);
  const geometry = { x, weights: c.weights.shape, outputs, channels, depthwise, grouped, loops };
  const { pair, single } = passesOf(geometry, target.features.longMultiply);
  const step = called < outputs ? called : 0;
  return {
    template: "conv/scalar",
    values: {
      loops,
      outerLoops: loops.slice(0, -1),
      lastLoop: loops[loops.length - 1],
      pair: pair ?? false,
      single: single ?? false,
      batches: x[0] > 1 ? x[0] : 0,
      xBatch: numel(x.slice(1)),
      groups: grouped ? called / channels : 0,
      groupInputs,
      groupOutputs: channels,
      depthwise,
      channelWeights: depth,
      sum: code.sum,
      operand: code.operand,
      zero: code.zero,
      wraps: code.wraps,
      widen: code.wraps && wideProducts(c) ? "(int64_t)" : "",
      startWithBias: code.start !== undefined,
      xType: dtypeInfo[c.x.dtype].c,
      wType: dtypeInfo[weights?.dtype ?? decoding!.dtype].c,
      subtract: code.subtract,
      store: code.store.values,
    },
    parameters: [
      {
        kind: "input",
        name: "x",
        index: 0,
        step: depthwise ? step : grouped ? (step / channels) * groupInputs : 0,
      },
      weights
        ? { kind: "constant", name: "weights", ...weights, what: "weights, output channels interleaved" }
        : { kind: "scratch", name: "weights", ctype: `const ${dtypeInfo[decoding!.dtype].c}` },
      ...(code.start ? [constant("int32", code.start, "bias and zero-point corrections")] : []),
      ...(code.bias ? [constant("float32", code.bias, "bias")] : []),
      ...(code.subtract ? [zeroPointParameter(c)] : []),
      ...code.store.parameters,
      { kind: "output", name: "y", index: 0 },
    ].map((parameter): KernelParameter => perChannel(parameter as KernelParameter, outputs, step)),
    uses: code.store.uses,
    groups: decoding && {
      count: outputs / called,
      decode: decodeBlocks(decoding.stored, called, decoding.interleaved),
    },
  };
}

/** The parameter as it moves on with the output channels, if it has an element for each. */
function perChannel(parameter: KernelParameter, outputs: number, step: number): KernelParameter {
  const { kind } = parameter;
  const moves = kind === "output" || (kind === "constant" && parameter.data.length === outputs);
  return moves && step > 0 ? { ...parameter, step } : parameter;
}

/** A pointwise convolution's positions are one axis, whatever their shape. */
function flatten({ x, y, weights, loops }: ScalarConvolution): { x: Shape; loops: readonly WindowLoop[] } {
  const pointwise = loops.every((l) => !l.transposed && !l.clip && l.kernel === 1 && l.stride === 1);
  if (!pointwise) return { x: x.shape, loops };
  const rows = numel(y.shape) / weights.shape[0];
  const window = { kernel: [1], strides: [1], dilations: [1], pads: [0, 0] };
  return { x: [1, rows, x.shape[x.shape.length - 1]], loops: convolutionLoops([rows], [rows], window) };
}

const constant = (dtype: DType, data: TypedArray, what: string): KernelParameter => ({
  kind: "constant",
  name: "bias",
  dtype,
  data,
  what,
});

const zeroPointParameter = ({ xZeroPoint }: ScalarConvolution): KernelParameter => ({
  kind: "scalar",
  name: "x_zero_point",
  ctype: "int32_t",
  value: `${xZeroPoint}`,
});

/** The bias of each channel, with `-xZeroPoint * sum(w)` if `withZeroPoint`: int32 that has wrapped if need be. */
function offsetsOf(c: ScalarConvolution, withZeroPoint: boolean): Int32Array {
  const size = numel(c.weights.shape.slice(1));
  return Int32Array.from({ length: c.weights.shape[0] }, (_, o) => {
    const bias = c.bias ? Number(c.bias[o]) : 0;
    if (!withZeroPoint || c.xZeroPoint === 0) return bias;
    let sum = -size * wZeroPointOf(c, o);
    for (let i = o * size; i < (o + 1) * size; i++) sum += Number(c.weights.data[i]);
    return (bias - c.xZeroPoint * sum) | 0;
  });
}

export const wZeroPointOf = (c: ScalarConvolution, channel: number): number =>
  c.wZeroPoints.length === 1 ? c.wZeroPoints[0] : c.wZeroPoints[channel];

/** The values each channel's sum of (x - xZeroPoint) * w can take, from its offset on and with any of the taps. */
const rangesOf = (c: ScalarConvolution, offsets: Int32Array, xZeroPoint: number): AccumulatorRange[] => {
  const count = numel(c.weights.shape.slice(1));
  const { min, max } = dtypeInfo[c.x.dtype];
  return Array.from(offsets, (bias, o) =>
    reachableRange({
      weights: c.weights.data as ArrayLike<number>,
      start: o * count,
      count,
      wZeroPoint: wZeroPointOf(c, o),
      bias,
      x: { min, max },
      xZeroPoint,
    }),
  );
};

/** Whether the product of an input and a weight can leave int32. */
function wideProducts(c: ScalarConvolution): boolean {
  const { min, max } = dtypeInfo[c.x.dtype];
  const largest = Math.max(max - c.xZeroPoint, c.xZeroPoint - min, max, -min);
  const depth = numel(c.weights.shape.slice(1));
  return (c.weights.data as Int8Array).some(
    (w, i) => Math.abs(w - wZeroPointOf(c, Math.floor(i / depth))) * largest > int32Range.max,
  );
}

/**
 * Weights less their zero points, the channels of a block interleaved: [block][tap][input][lane]. As
 * narrow as the values allow.
 */
function packWeights(c: ScalarConvolution, channels: number): { dtype: DType; data: TypedArray } {
  const size = numel(c.weights.shape.slice(1));
  const packed = interleave(
    c.weights.shape[0],
    channels,
    size,
    (o, i) => Number(c.weights.data[o * size + i]) - wZeroPointOf(c, o),
  );
  if (c.output.kind === "float32") return { dtype: "float32", data: Float32Array.from(packed) };
  const dtype = narrowest(packed);
  return { dtype, data: narrow[dtype].from(packed) };
}

const narrow = { int8: Int8Array, int16: Int16Array, int32: Int32Array };

function narrowest(values: readonly number[]): keyof typeof narrow {
  for (const dtype of ["int8", "int16"] as const) {
    if (values.every((w) => w >= dtypeInfo[dtype].min && w <= dtypeInfo[dtype].max)) return dtype;
  }
  return "int32";
}
