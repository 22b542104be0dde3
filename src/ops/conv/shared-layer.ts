import { floatToBits } from "../../math/float-bits.js";
import type { KernelParameter } from "../kernel.js";
import { type FastConv, positionsOf } from "./fast-view.js";
import { foldedBias, type Plane, wholeWindow } from "./regions.js";

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
export function packBlocks({ plane, weights, depth }: FastConv, width: number): Int8Array {
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
