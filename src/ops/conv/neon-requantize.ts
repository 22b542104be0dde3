import { floatToBits } from "../../math/float-bits.js";
import { scaleOf } from "../../proof/requantize/form.js";
import type { ConstantData } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { foldedBias, type Region } from "./regions.js";

/**
 * How NEON kernels requantize, four sums at a time: convert to float32, multiply by the scale, and add a
 * constant near 1.5 * 2^23, where float32 has integer steps, so that the sum is rounded half to even.
 *
 * - `exact16`: the lower 16 bits of the sum are the output before it is saturated to 8 bits; the constant
 *   holds the zero point. It is taken where no accumulator can leave these 16 bits. A constant must be even,
 *   or halves would go to the odd neighbour: where the zero point is odd, the negated scales and constant
 *   give the output's complement, `-1 - y`, and saturating commutes with the complement.
 * - `saturating`: the bits of the constant and the zero point are taken off in integers that saturate.
 *
 * AArch32 flushes denormals to zero. No output shows it: a product that small rounds to 0 either way, and
 * so does one with a denormal scale, as accumulators stay below 2^31.
 */
export interface Rounding {
  readonly kind: "exact16" | "saturating";
  /** The kernel ends with the complement of all bits. Only with `exact16`. */
  readonly complement: boolean;
  /** Bits of the constant to add. */
  readonly bits: number;
}

const steps = 1.5 * 2 ** 23;

export function roundingOf(conv: FastConv): Rounding {
  const { ranges, to } = conv;
  const largest = ranges.reduce((max, range, channel) => {
    const reach = Math.max(-range.min, range.max) * scaleOf(to, channel);
    return Math.max(max, reach);
  }, 0);
  // Room for the zero point, and for rounding to float32 on the way.
  if (largest > 32000) return { kind: "saturating", complement: false, bits: floatToBits(steps) };
  const complement = to.zeroPoint % 2 !== 0;
  const constant = steps + (complement ? -1 - to.zeroPoint : to.zeroPoint);
  return { kind: "exact16", complement, bits: floatToBits(constant) };
}

/** What the templates of NEON kernels say of rounding and saturation. */
export const roundingValues = ({ to }: FastConv, { kind, complement }: Rounding) => ({
  exact: kind === "exact16",
  complement,
  clamp: to.min > -128 || to.max < 127,
  min: to.min,
  max: to.max,
});

/** Channels in the order their biases and scales are loaded; those that do not exist have zeros. */
export interface ChannelGroup {
  readonly biases: readonly number[];
  readonly scales: readonly number[];
}

/**
 * For each group of channels their biases, then their scales (float32 bits). At the end, four times each the
 * rounding constant and what `saturating` subtracts again, then 8 bytes each of `min` and `max`.
 */
export function requantizeTable(
  conv: FastConv,
  rounding: Rounding,
  region: Region,
  groups: readonly ChannelGroup[],
): { readonly kind: "constant"; readonly name: string } & ConstantData {
  const { plane, to, weights, bias, attrs } = conv;
  const folded = foldedBias(plane, region, weights, bias, attrs.xZeroPoint);
  const end = groups.reduce((sum, { biases, scales }) => sum + biases.length + scales.length, 0);
  const data = new Int32Array(end + 12);
  let at = 0;
  for (const { biases, scales } of groups) {
    for (const channel of biases) data[at++] = channel < plane.outputChannels ? folded[channel] : 0;
    for (const channel of scales) {
      const scale = channel < plane.outputChannels ? scaleOf(to, channel) : 0;
      data[at++] = floatToBits(rounding.complement ? -scale : scale);
    }
  }
  data.fill(rounding.bits, end, end + 4);
  data.fill(rounding.bits - to.zeroPoint, end + 4, end + 8);
  const bytes = new Int8Array(data.buffer);
  bytes.fill(to.min, (end + 8) * 4, (end + 10) * 4);
  bytes.fill(to.max, (end + 10) * 4);
  return {
    kind: "constant",
    name: "requantize",
    dtype: "int32",
    data,
    what: "biases and scales (float32 bits), group by group; rounding constants, bounds",
    align: 16,
  };
}

/** A group that has each of its channels once. */
export const plainGroup = (channels: readonly number[]): ChannelGroup => ({
  biases: channels,
  scales: channels,
});

/** Channels `from` to `to - 1` in groups of `width`; the last may count beyond. */
export const channelGroups = (from: number, to: number, width: number): number[][] =>
  Array.from({ length: Math.ceil((to - from) / width) }, (_, group) =>
    Array.from({ length: width }, (_, i) => from + group * width + i),
  );
