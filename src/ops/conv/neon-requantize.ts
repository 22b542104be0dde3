import type { KernelParameter } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { foldedBias, type Region } from "./regions.js";

/** Bits of 1.5 * 2^23: a float32 this large has integer steps, so adding it rounds. */
const roundingBits = 0x4b400000;

/**
 * For every `width` channels their biases, then their scales (float32 bits). At the end, four times each
 * the rounding constant and its bits less the output's zero point, then 8 bytes each of `min` and `max`.
 */
export function requantizeTable(conv: FastConv, region: Region, width: number): KernelParameter {
  const { plane, to, weights, bias, attrs } = conv;
  const folded = foldedBias(plane, region, weights, bias, attrs.xZeroPoint);
  const groups = Math.ceil(plane.outputChannels / width);
  const data = new Int32Array(groups * width * 2 + 12);
  const scales = new Float32Array(data.buffer);
  for (let o = 0; o < plane.outputChannels; o++) {
    const at = Math.floor(o / width) * width * 2 + (o % width);
    data[at] = folded[o];
    scales[at + width] = to.scales.length === 1 ? to.scales[0] : to.scales[o];
  }
  const end = groups * width * 2;
  data.fill(roundingBits, end, end + 4);
  data.fill(roundingBits - to.zeroPoint, end + 4, end + 8);
  new Int8Array(data.buffer).fill(to.min, (end + 8) * 4, (end + 10) * 4);
  new Int8Array(data.buffer).fill(to.max, (end + 10) * 4);
  return {
    kind: "constant",
    name: "requantize",
    dtype: "int32",
    data,
    what: `biases and scales (float32 bits) of ${width} channels at a time; rounding constants, bounds`,
  };
}
