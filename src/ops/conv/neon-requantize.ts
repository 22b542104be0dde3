import type { KernelParameter } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { foldedBias, type Region } from "./regions.js";

/** Bits of 1.5 * 2^23: a float32 this large has integer steps, so adding it rounds. */
const roundingBits = 0x4b400000;

/** What the tables of `requantizeTable` end with, in words. */
const tail = 12;

/**
 * For each group of channels their biases, then their scales (float32 bits); channels that do not exist have
 * zeros. At the end, four times each the rounding constant and its bits less the output's zero point, then 8
 * bytes each of `min` and `max`.
 */
export function requantizeTable(
  conv: FastConv,
  region: Region,
  groups: readonly (readonly number[])[],
): KernelParameter {
  const { plane, to, weights, bias, attrs } = conv;
  const folded = foldedBias(plane, region, weights, bias, attrs.xZeroPoint);
  const end = groups.reduce((sum, group) => sum + 2 * group.length, 0);
  const data = new Int32Array(end + tail);
  const scales = new Float32Array(data.buffer);
  let at = 0;
  for (const group of groups) {
    group.forEach((channel, i) => {
      if (channel >= plane.outputChannels) return;
      data[at + i] = folded[channel];
      scales[at + group.length + i] = to.scales.length === 1 ? to.scales[0] : to.scales[channel];
    });
    at += 2 * group.length;
  }
  data.fill(roundingBits, end, end + 4);
  data.fill(roundingBits - to.zeroPoint, end + 4, end + 8);
  const bytes = new Int8Array(data.buffer);
  bytes.fill(to.min, (end + 8) * 4, (end + 10) * 4);
  bytes.fill(to.max, (end + 10) * 4);
  return {
    kind: "constant",
    name: "requantize",
    dtype: "int32",
    data,
    what: "biases and scales (float32 bits), group by group; rounding constants, bounds",
  };
}

/** Channels `from` to `to - 1` in groups of `width`; the last may count beyond. */
export const channelGroups = (from: number, to: number, width: number): number[][] =>
  Array.from({ length: Math.ceil((to - from) / width) }, (_, group) =>
    Array.from({ length: width }, (_, i) => from + group * width + i),
  );
