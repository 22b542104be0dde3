import type { Target } from "../../target/target.js";
import type { Accepted, Kernel, KernelCode } from "../kernel.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { chainHolds } from "./neon-chain.js";
import { channelGroups, plainGroup, requantizeTable, roundingOf, roundingValues } from "./neon-requantize.js";
import { aarch32, aarch64, type TapsIsa, tapSteps } from "./neon-taps.js";
import { convOverlap } from "./overlap.js";
import { type AxisRange, axisRanges } from "./regions.js";
import { trimTaps } from "./trim-taps.js";
import { wholeWindow } from "./window.js";

/**
 * Depthwise convolution of at least 8 channels: 16 at a time, with every tap unrolled. Positions whose taps
 * are all inside the input are read in place, the others from a copy with the padding in it.
 */
export const depthwise: Kernel = {
  name: "conv-depthwise-16",
  isa: "neon",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    if (plane.group !== plane.channels || plane.outputChannels !== plane.channels) {
      return { refused: "not one output channel for each input channel" };
    }
    if (plane.channels < 8) return { refused: "fewer than 8 channels" };
    if (plane.kernelHeight * plane.kernelWidth > mostTaps) return { refused: `more than ${mostTaps} taps` };
    return { ...new NeonDepthwise(trimTaps(conv), target).accepted(), overlap: convOverlap(view, 1) };
  },
};

/** Every tap is unrolled. */
const mostTaps = 64;

class NeonDepthwise {
  readonly isa: TapsIsa;
  readonly taps: number;
  /** Groups of channels computed together, in the order of the tables: the last may overlap the one before. */
  readonly groups: readonly (readonly number[])[];
  readonly chains: readonly number[];
  /** Output columns and rows whose windows lie inside the input. */
  readonly columns: AxisRange;
  readonly rows: AxisRange;

  constructor(
    readonly conv: FastConv,
    readonly target: Target,
  ) {
    const p = conv.plane;
    this.isa = target.features.bits === 64 ? aarch64 : aarch32;
    this.taps = p.kernelHeight * p.kernelWidth;
    this.groups = groupsOf(p.channels);
    this.chains = chainLengths(conv.weights, p.channels, this.taps);
    this.columns = whole(
      axisRanges(p.outputWidth, p.inputWidth, p.kernelWidth, p.strideX, p.dilationX, p.padLeft),
      p.kernelWidth,
    );
    this.rows = whole(
      axisRanges(p.outputHeight, p.inputHeight, p.kernelHeight, p.strideY, p.dilationY, p.padTop),
      p.kernelHeight,
    );
  }

  get #gathered(): number {
    const direct = (this.columns.to - this.columns.from) * (this.rows.to - this.rows.from);
    return positionsOf(this.conv.plane) - this.conv.plane.batch * direct;
  }

  accepted(): Accepted {
    const { plane: p } = this.conv;
    return {
      cost: this.#cost(),
      reason: "16 channels at a time, taps unrolled",
      scratch: this.#gathered > 0 ? this.taps * p.channels : 0,
      notes: [`chains: ${(this.taps / this.chains.length).toFixed(2)} taps for each widening addition`],
      lower: () => this.#lower(),
    };
  }

  #steps(lanes: number) {
    return tapSteps(this.isa, lanes, this.conv.plane.kernelHeight, this.conv.plane.kernelWidth, this.chains);
  }

  #cost(): number {
    const { plane: p } = this.conv;
    const ends = this.isa === aarch64 ? { 16: 26, 8: 16 } : { 16: 33, 8: 20 };
    const group = (lanes: 8 | 16) => this.#steps(lanes).length + ends[lanes];
    const perPosition = this.groups.reduce((sum, g) => sum + group(g.length as 8 | 16), 0) + 14;
    const copy = p.kernelHeight * (10 + p.kernelWidth * (6 + Math.ceil(p.channels / 16) * 2.5));
    return positionsOf(p) * perPosition + this.#gathered * copy;
  }

  #lower(): KernelCode {
    const { conv, groups, taps } = this;
    const { plane: p } = conv;
    const rounding = roundingOf(conv);
    const wide = groups.filter((g) => g.length === 16);
    /** Groups of 16 that follow each other; the last group of all may start anywhere. */
    const run = wide.filter((g, i) => g[0] === 16 * i).length;
    const rest = groups.slice(run);
    const row = p.inputWidth * p.channels;
    const section = (lanes: number, at: number, count: number, channel: number) => ({
      wide: lanes === 16,
      stored: lanes === 16 ? "d0, d1" : "d0",
      count: count > 1 ? count : 0,
      channel,
      weightsAt: at * taps,
      requantizeAt: at * 2,
      steps: this.#steps(lanes),
      sums: Array.from({ length: lanes / 4 }, (_, sum) => ({ sum, scale: this.isa.scales + sum })),
    });
    const sizes = rest.map((_, i) => run * 16 + rest.slice(0, i).reduce((sum, g) => sum + g.length, 0));
    const column = p.dilationX * p.channels;
    const back = (columnStep: number, rowStep: number) =>
      (p.kernelHeight - 1) * (rowStep + (p.kernelWidth - 1) * columnStep) + (p.kernelWidth - 1) * columnStep;
    const rowStep = p.dilationY * row - (p.kernelWidth - 1) * column;
    return {
      template: "conv/neon-depthwise",
      values: {
        a64: this.isa === aarch64,
        offset: this.isa === aarch64 ? "int64_t" : "int32_t",
        batch: p.batch > 1 ? p.batch : 0,
        image: p.inputHeight * p.inputWidth * p.channels,
        outputHeight: p.outputHeight,
        outputWidth: p.outputWidth,
        rowsFrom: this.rows.from,
        rowsTo: this.rows.to,
        columnsFrom: this.columns.from,
        columnsTo: this.columns.to,
        gathers: this.#gathered > 0,
        clipRows: this.rows.to - this.rows.from < p.outputHeight,
        rowStride: p.strideY * row,
        columnStride: p.strideX * p.channels,
        origin: -p.padTop * row - p.padLeft * p.channels,
        padTop: p.padTop,
        padLeft: p.padLeft,
        strideY: p.strideY,
        strideX: p.strideX,
        dilationY: p.dilationY,
        dilationX: p.dilationX,
        kernelHeight: p.kernelHeight,
        kernelWidth: p.kernelWidth,
        inputHeight: p.inputHeight,
        inputWidth: p.inputWidth,
        inputRow: row,
        channels: p.channels,
        xZeroPoint: conv.attrs.xZeroPoint,
        column,
        rowStep,
        back: back(column, rowStep),
        windowBack: (taps - 1) * p.channels,
        sections: [
          ...(run > 0 ? [section(16, 0, run, 0)] : []),
          ...rest.map((g, i) => section(g.length, sizes[i], 1, g[0])),
        ],
        constants: groups.reduce((sum, g) => sum + 2 * g.length, 0),
        ...roundingValues(conv, rounding),
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "weights",
          dtype: "int8",
          data: this.#pack(),
          what: "weights, by groups of channels, then taps",
        },
        requantizeTable(conv, rounding, wholeWindow(p), groups.map(plainGroup)),
        ...(this.#gathered > 0 ? [{ kind: "scratch", name: "window", ctype: "int8_t" } as const] : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: this.#gathered > 0 ? ["neon/copy", "neon/fill"] : [],
    };
  }

  /** [group][tap][channel]. */
  #pack(): Int8Array {
    const { groups, taps, conv } = this;
    const bytes = groups.flatMap((group) =>
      Array.from({ length: taps }, (_, tap) =>
        group.map((channel) => conv.weights[channel * taps + tap]),
      ).flat(),
    );
    return Int8Array.from(bytes);
  }
}

/** Groups of 16 from channel 0 on; then one of 8 or 16 that ends with the last channel. */
function groupsOf(channels: number): number[][] {
  if (channels < 16) {
    const first = channelGroups(0, 8, 8);
    return channels === 8 ? first : [...first, ...channelGroups(channels - 8, channels, 8)];
  }
  const whole = channels - (channels % 16);
  const left = channels - whole;
  const last = left === 0 ? [] : channelGroups(channels - (left <= 8 ? 8 : 16), channels, left <= 8 ? 8 : 16);
  return [...channelGroups(0, whole, 16), ...last];
}

/** The positions that see every tap. */
const whole = (ranges: readonly AxisRange[], kernel: number): AxisRange =>
  ranges.find((r) => r.endTap - r.firstTap === kernel) ?? { from: 0, to: 0, firstTap: 0, endTap: 0 };

/** Divides the taps into chains that hold in every channel, each as long as it can be. */
function chainLengths(weights: Int8Array, channels: number, taps: number): number[] {
  const lengths: number[] = [];
  let first = 0;
  while (first < taps) {
    let end = first + 1;
    while (end < taps && everyChannelHolds(weights, channels, taps, first, end + 1)) end++;
    lengths.push(end - first);
    first = end;
  }
  return lengths;
}

function everyChannelHolds(
  weights: Int8Array,
  channels: number,
  taps: number,
  from: number,
  to: number,
): boolean {
  for (let channel = 0; channel < channels; channel++) {
    let positive = 0;
    let negative = 0;
    for (let tap = from; tap < to; tap++) {
      const w = weights[channel * taps + tap];
      if (w > 0) positive += w;
      else negative -= w;
    }
    if (!chainHolds(positive, negative)) return false;
  }
  return true;
}
