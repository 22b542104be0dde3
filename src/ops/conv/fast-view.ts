import { type AccumulatorRange, int32Range, reachableRange } from "../../proof/requantize/range.js";
import type { NodeView } from "../kernel.js";
import type { Requantize } from "../requantize.js";
import type { ConvAttributes } from "./kernel-op.js";
import { type Plane, planeOf } from "./regions.js";

/** An int8 convolution as the SIMD kernels take it: everything known, nothing exotic. */
export interface FastConv {
  readonly plane: Plane;
  readonly attrs: ConvAttributes;
  readonly to: Requantize;
  /** [OC, KH, KW, C/group], zero point 0. */
  readonly weights: Int8Array;
  readonly bias?: Int32Array;
  /** Weights of one output channel: KH * KW * C/group. */
  readonly depth: number;
  /** Of each output channel's complete accumulator; none wraps. */
  readonly ranges: readonly AccumulatorRange[];
}

/**
 * The view as a `FastConv`, or why it is none: int8 input, weights and output, 1-D or 2-D, symmetric
 * weights, and no accumulator that can leave int32, neither complete nor as the sum of raw products.
 */
export function fastConv(view: NodeView): FastConv | { readonly refused: string } {
  const attrs = view.attrs as ConvAttributes;
  const [x, w, bias] = view.inputs;
  const to = attrs.output;
  if (x!.dtype !== "int8") return { refused: `input is ${x!.dtype}, not int8` };
  if (w!.dtype !== "int8" || !(w!.data instanceof Int8Array))
    return { refused: "weights are not constant int8" };
  if (bias && !bias.data) return { refused: "bias is computed at run time" };
  if (attrs.wZeroPoints.some((z) => z !== 0)) return { refused: "weights have a zero point" };
  if (to.kind !== "requantize" || to.dtype !== "int8")
    return { refused: "output is not requantized to int8" };
  const plane = planeOf(x!.shape, w!.shape, attrs);
  if (!plane) return { refused: "three spatial dimensions" };
  const depth = w!.data.length / plane.outputChannels;
  const channel = (start: number, bias: number, xZeroPoint: number) =>
    reachableRange({
      weights: w!.data as Int8Array,
      start,
      count: depth,
      wZeroPoint: 0,
      bias,
      x: { min: -128, max: 127 },
      xZeroPoint,
    });
  const biases = bias?.data as Int32Array | undefined;
  const channels = Array.from({ length: plane.outputChannels }, (_, o) => o);
  const ranges = channels.map((o) => channel(o * depth, biases?.[o] ?? 0, attrs.xZeroPoint));
  const raw = channels.map((o) => channel(o * depth, 0, 0));
  if ([...ranges, ...raw].includes(int32Range)) return { refused: "an accumulator can leave int32" };
  return { plane, attrs, to, weights: w!.data, bias: biases, depth, ranges };
}

/** Output positions of one run. */
export const positionsOf = (p: Plane): number => p.batch * p.outputHeight * p.outputWidth;
