import { int32Range, reachableRange } from "../../5-lower/requantize/range.js";
import { type DType, dtypeInfo, type TypedArray } from "../../ir/dtype.js";
import { numel, type Shape } from "../../ir/tensor.js";
import type { Target } from "../../target/target.js";
import { channelBlocks, lanesPerBlock } from "../channel-blocks.js";
import type { Accepted, KernelParameter } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import type { AccumulatorOutput } from "../requantize.js";
import { storeOf } from "../store.js";
import type { WindowLoop } from "../window-loops.js";

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
  const depthwise = inputs === 1 && c.group === outputs && c.group > 1;
  const clips = c.loops.some((loop) => loop.clip);
  const folded = c.output.kind !== "float32" && !clips;
  const perMac = depthwise ? 4 : 2 + 3 / Math.min(lanesPerBlock, outputs / c.group) + (clips ? 0.25 : 0);
  const wraps = c.output.kind !== "float32" && mayWrap(c, folded);
  const store = storeOf(c.output, target, { wraps, bias: c.bias !== undefined });
  return {
    cost: positions * (20 + outputs * (taps * inputs * perMac + store.cost)),
    reason: `${depthwise ? "depthwise" : "any shape"}, ${clips ? "clipped windows" : "whole windows"}`,
    lower() {
      const { dims, run } = mergeRun(c, inputs);
      const float = c.output.kind === "float32";
      const subtract = !float && !folded && c.xZeroPoint !== 0;
      const weights = packWeights(c, depthwise ? outputs : outputs / c.group);
      const startWithBias = !float && (c.bias !== undefined || (folded && c.xZeroPoint !== 0));
      const groups = !depthwise && c.group > 1;
      return {
        template: "conv/scalar",
        values: {
          dims,
          batches: c.x.shape[0] > 1 ? c.x.shape[0] : 0,
          xBatch: numel(c.x.shape.slice(1)),
          groups: groups ? c.group : 0,
          groupInputs: inputs,
          groupOutputs: outputs / c.group,
          outputs,
          depthwise,
          blocks: weightBlocks(depthwise ? outputs : outputs / c.group, dims, c.weights.shape),
          channelWeights: taps * inputs,
          run,
          sum: float ? "float" : wraps ? "uint32_t" : "int32_t",
          operand: float ? "float" : "int32_t",
          wraps,
          widen: wraps && wideProducts(c, weights.data) ? "(int64_t)" : "",
          zero: float ? "0.0F" : wraps ? "0U" : "0",
          startWithBias,
          xType: dtypeInfo[c.x.dtype].c,
          wType: dtypeInfo[weights.dtype].c,
          subtract,
          store: store.values,
        },
        parameters: [
          { kind: "input", name: "x", index: 0 },
          { kind: "constant", name: "weights", ...weights, what: "weights, output channels interleaved" },
          ...biasParameter(c, startWithBias, folded),
          ...(subtract ? [scalar("x_zero_point", c.xZeroPoint)] : []),
          ...store.parameters,
          { kind: "output", name: "y", index: 0 },
        ],
        uses: store.uses,
      };
    },
  };
}

const scalar = (name: string, value: number): KernelParameter => ({
  kind: "scalar",
  name,
  ctype: "int32_t",
  value: `${value}`,
});

/** The bias; where every window is whole, with `-xZeroPoint * sum(w)` in it. */
function biasParameter(c: ScalarConvolution, start: boolean, folded: boolean): KernelParameter[] {
  if (c.output.kind === "float32") {
    if (!c.bias) return [];
    return [{ kind: "constant", name: "bias", dtype: "float32", data: c.bias, what: "bias" }];
  }
  if (!start) return [];
  const data = Int32Array.from({ length: c.weights.shape[0] }, (_, o) => startValue(c, o, folded));
  return [{ kind: "constant", name: "bias", dtype: "int32", data, what: "bias and zero-point corrections" }];
}

/** What the accumulator of a channel starts from: an int32 that has wrapped if need be. */
function startValue(c: ScalarConvolution, channel: number, folded: boolean): number {
  const bias = c.bias ? Number(c.bias[channel]) : 0;
  if (!folded || c.xZeroPoint === 0) return bias;
  const size = numel(c.weights.shape.slice(1));
  const zeroPoint = wZeroPointOf(c, channel);
  let sum = 0;
  for (let i = channel * size; i < (channel + 1) * size; i++) sum += Number(c.weights.data[i]) - zeroPoint;
  return (bias - c.xZeroPoint * sum) | 0;
}

const wZeroPointOf = (c: ScalarConvolution, channel: number): number =>
  c.wZeroPoints.length === 1 ? c.wZeroPoints[0] : c.wZeroPoints[channel];

/** Whether some sum, also of a part of the taps, can leave int32. */
function mayWrap(c: ScalarConvolution, folded: boolean): boolean {
  const count = numel(c.weights.shape.slice(1));
  const { min, max } = dtypeInfo[c.x.dtype];
  const xZeroPoint = folded ? 0 : c.xZeroPoint;
  for (let o = 0; o < c.weights.shape[0]; o++) {
    const range = reachableRange({
      weights: c.weights.data as ArrayLike<number>,
      start: o * count,
      count,
      wZeroPoint: wZeroPointOf(c, o),
      bias: startValue(c, o, folded),
      x: { min, max },
      xZeroPoint,
    });
    if (range.min === int32Range.min || range.max === int32Range.max) return true;
  }
  return false;
}

/** Whether the product of an input and a weight can leave int32. */
function wideProducts(c: ScalarConvolution, weights: TypedArray): boolean {
  const { min, max } = dtypeInfo[c.x.dtype];
  const largest = Math.max(max - c.xZeroPoint, c.xZeroPoint - min, max, -min);
  return (weights as Int8Array).some((w) => Math.abs(w) * largest > int32Range.max);
}

/**
 * Where the innermost dimension's taps are neighbours in x, they and their channels are one run; gives
 * the loops that remain and the length of the innermost one as a C expression.
 */
function mergeRun(c: ScalarConvolution, inputs: number): { dims: readonly WindowLoop[]; run: string } {
  const strides = c.loops.map((_, axis) => numel(c.x.shape.slice(axis + 2)));
  const dims = c.loops.map((loop, axis) => ({ ...loop, xStride: strides[axis] }));
  const last = dims[dims.length - 1];
  if (!last.loop || last.transposed || last.dilated || c.group > 1) return { dims, run: String(inputs) };
  const merged = { ...last, loop: false, tap: last.first, position: last.start };
  const run = last.clip ? `(${last.end} - ${last.first}) * ${inputs}` : String(last.kernel * inputs);
  return { dims: [...dims.slice(0, -1), merged], run };
}

/** Blocks of the output channels of a group, with what a tap adds to the place of its weights. */
const weightBlocks = (channels: number, dims: readonly WindowLoop[], weights: Shape) =>
  channelBlocks(channels).map((block) => ({
    ...block,
    weightStrides: dims.flatMap(({ tap }, axis) =>
      tap === "0" ? [] : [{ tap, stride: numel(weights.slice(axis + 2)) * block.count }],
    ),
  }));

/**
 * Weights less their zero points, the channels of a block interleaved: [block][tap][input][lane]. As
 * narrow as the values allow.
 */
function packWeights(c: ScalarConvolution, channels: number): { dtype: DType; data: TypedArray } {
  const size = numel(c.weights.shape.slice(1));
  const outputs = c.weights.shape[0];
  const packed = new Float64Array(outputs * size);
  let at = 0;
  for (let first = 0; first < outputs; first += channels) {
    for (let o = first; o < first + channels; o += lanesPerBlock) {
      const count = Math.min(lanesPerBlock, first + channels - o);
      for (let i = 0; i < size; i++) {
        for (let lane = 0; lane < count; lane++) {
          packed[at++] = Number(c.weights.data[(o + lane) * size + i]) - wZeroPointOf(c, o + lane);
        }
      }
    }
  }
  if (c.output.kind === "float32") return { dtype: "float32", data: Float32Array.from(packed) };
  const fits = (dtype: "int8" | "int16") =>
    packed.every((w) => w >= dtypeInfo[dtype].min && w <= dtypeInfo[dtype].max);
  if (fits("int8")) return { dtype: "int8", data: Int8Array.from(packed) };
  return fits("int16")
    ? { dtype: "int16", data: Int16Array.from(packed) }
    : { dtype: "int32", data: Int32Array.from(packed) };
}
