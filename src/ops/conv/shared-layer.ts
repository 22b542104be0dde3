import { floatToBits } from "../../math/float-bits.js";
import type { KernelCode, KernelParameter } from "../kernel.js";
import { layerNumbers } from "../layer-numbers.js";
import { type FastConv, positionsOf } from "./fast-view.js";
import { foldedBias, type Plane, wholeWindow } from "./regions.js";
import { sharedWeights } from "./shared-weights.js";

/** The numbers of a layer that functions for any layer take, in C's spelling. */
export const sharedNumbers = ({ plane: p, to }: FastConv, channels: number) => ({
  zero: to.zeroPoint,
  min: to.min,
  max: to.max,
  /** Of one call, and of a row of y. */
  output_channels: channels,
  row_channels: p.outputChannels,
  batch: p.batch,
  positions: p.outputHeight * p.outputWidth,
  width: p.outputWidth,
  stride_y: p.strideY,
  stride_x: p.strideX,
  pad_top: p.padTop,
  pad_left: p.padLeft,
  kernel_height: p.kernelHeight,
  kernel_width: p.kernelWidth,
  dilation_y: p.dilationY,
  dilation_x: p.dilationX,
  input_height: p.inputHeight,
  input_width: p.inputWidth,
  channels: p.channels,
});

/** Instructions to copy the windows of all positions, `perVector` for 16 bytes. */
export function gatherCost(p: Plane, perVector: number): number {
  const taps = p.kernelHeight * p.kernelWidth;
  return positionsOf(p) * (30 + taps * (24 + Math.ceil(p.channels / 16) * perVector));
}

/**
 * Of each channel: the bias with the input's zero point folded in, and the scale's bits; `lanes` biases, then as
 * many scales, zeros where the channels end.
 */
export function floatRequantize(conv: FastConv, lanes: number, channels: number): KernelParameter {
  const { plane, to, attrs } = conv;
  const biases = foldedBias(plane, wholeWindow(plane), conv.weights, conv.bias, attrs.xZeroPoint);
  const data = new Int32Array(Math.ceil(plane.outputChannels / lanes) * lanes * 2);
  const step = channels < plane.outputChannels ? channels * 2 : 0;
  biases.forEach((bias, o) => {
    const at = Math.floor(o / lanes) * lanes * 2 + (o % lanes);
    data[at] = bias;
    data[at + lanes] = floatToBits(to.scales.length === 1 ? to.scales[0] : to.scales[o]);
  });
  return {
    kind: "constant",
    name: "requantize",
    dtype: "int32",
    data,
    what: "biases and scales of channels",
    step,
  };
}

/** [block of `width` channels][16 inputs][channel]: zeros where inputs or channels end. */
function packBlocks({ plane, weights, depth }: FastConv, width: number): Int8Array {
  const steps = Math.ceil(depth / 16);
  const data = new Int8Array(Math.ceil(plane.outputChannels / width) * width * steps * 16);
  for (let o = 0; o < plane.outputChannels; o++) {
    for (let k = 0; k < depth; k++) {
      const block = Math.floor(o / width) * steps + (k >> 4);
      data[(block * width + (o % width)) * 16 + (k & 15)] = weights[o * depth + k];
    }
  }
  return data;
}

/** A GEMM on vectors of 16 inputs whose one function serves all layers. */
interface VectorGemm {
  readonly template: string;
  readonly values: KernelCode["values"];
  /** Channels of a tile. */
  readonly width: number;
  /** Of the table of `floatRequantize`. */
  readonly lanes: number;
  /** Vectors of a window. */
  readonly steps: number;
  /** Output channels of one call. */
  readonly channels: number;
  /** Parameters behind the windows in scratch. */
  readonly sums?: readonly KernelParameter[];
  /** Where weights of 4 bits are unpacked in scratch; undefined if they are bytes. */
  readonly unpackAt?: number;
}

export function lowerVectorGemm(conv: FastConv, gemm: VectorGemm): KernelCode {
  const { width, steps, channels, unpackAt } = gemm;
  const count = conv.plane.outputChannels / channels;
  const { numbers, parameter } = layerNumbers({
    ...sharedNumbers(conv, channels),
    x_zero: conv.attrs.xZeroPoint,
    steps,
  });
  const weights = sharedWeights(
    packBlocks(conv, width),
    `weights, ${width} output channels by 16 inputs`,
    unpackAt === undefined ? undefined : { count, offset: unpackAt },
  );
  return {
    template: gemm.template,
    values: { numbers, ...gemm.values },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      weights.parameter,
      floatRequantize(conv, gemm.lanes, channels),
      parameter,
      { kind: "scratch", name: "windows", ctype: "int8_t" },
      ...(gemm.sums ?? []),
      { kind: "output", name: "y", index: 0, step: count > 1 ? channels : 0 },
    ],
    groups: weights.groups,
  };
}
