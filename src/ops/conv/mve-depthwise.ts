import type { Accepted, Kernel, KernelCode } from "../kernel.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import {
  chooseMveRequantize,
  laneChannel,
  type MveRequantize,
  requantizeValues,
  requantizeWords,
} from "./mve-requantize.js";
import { convOverlap } from "./overlap.js";
import { axisRanges, foldedBias, type Plane, wholeWindow } from "./regions.js";

/**
 * Depthwise convolutions, 16 channels at a time. Products of bytes are summed in 16 bits over chains of taps
 * that the actual weights prove safe, then in 32. Taps are found through pointers; those in the padding
 * point to a row of zero points. Positions that see no padding follow each other without new pointers.
 */
export const depthwise: Kernel = {
  name: "conv-depthwise-16c",
  isa: "mve",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    if (plane.group !== plane.channels || plane.outputChannels !== plane.channels || plane.group === 1) {
      return { refused: "not depthwise with one output for each input channel" };
    }
    if (plane.channels % 4 !== 0) return { refused: "channels are not a multiple of 4" };
    if (conv.depth > longestWindow) return { refused: `more than ${longestWindow} taps` };
    if (plane.channels > 65535) return { refused: "more than 65535 channels" };
    return { ...new MveDepthwise(conv).accepted(), overlap: convOverlap(view, 1) };
  },
};

/** Low-overhead loops reach back 4094 bytes. */
const longestWindow = 64;
/** Taps whose pointers fit registers. */
const registerTaps = 9;
const lanes = 16;

class MveDepthwise {
  /** Taps in the order of their products. */
  readonly chains: readonly (readonly number[])[];
  readonly requantize: MveRequantize;
  readonly groups: number;
  readonly inside: { readonly from: number; readonly to: number };
  readonly padded: boolean;

  constructor(readonly conv: FastConv) {
    const { plane: p, weights, depth } = conv;
    this.chains = chainTaps(weights, depth, p.channels);
    this.requantize = chooseMveRequantize(conv.to, conv.ranges);
    this.groups = Math.ceil(p.channels / lanes);
    const columns = axisRanges(p.outputWidth, p.inputWidth, p.kernelWidth, p.strideX, p.dilationX, p.padLeft);
    const whole = columns.find((c) => c.endTap - c.firstTap === p.kernelWidth);
    this.inside = whole ? { from: whole.from, to: whole.to } : { from: 0, to: 0 };
    this.padded = this.inside.to - this.inside.from < p.outputWidth || clipsRows(p);
  }

  accepted(): Accepted {
    const { plane, depth } = this.conv;
    return {
      cost: this.#cost(),
      reason: "16 channels at a time, chains of taps in 16 bits",
      scratch: 4 * depth + (this.padded ? plane.channels : 0),
      notes: [`chains: ${this.chains.length} for ${depth} taps`, this.requantize.note],
      lower: () => this.#lower(),
    };
  }

  #cost(): number {
    const { plane: p, depth } = this.conv;
    const chains = this.chains.length;
    const perTap = depth > registerTaps ? 8 : 6;
    const group = depth * perTap - 2 * chains + 8 * chains + (chains - 1) * 2 + 4 * 4 + 5;
    const rows = clipsRows(p) ? p.outputHeight - 1 : p.outputHeight;
    const starts = rows * (p.outputWidth - (this.inside.to - this.inside.from) + 1);
    return positionsOf(p) * (this.groups * group + 6) + p.batch * starts * (depth * 8 + 40);
  }

  #lower(): KernelCode {
    const { conv, groups, chains, inside } = this;
    const { plane: p, depth } = conv;
    const list = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
    const inRegisters = depth <= registerTaps;
    const tap = (t: number) => (inRegisters ? `r${t}` : `${4 * t}`);
    const last = chains.length - 1;
    const advance = p.strideX * p.channels - groups * lanes;
    const word = new Uint32Array([advance])[0];
    return {
      template: "conv/mve-depthwise",
      values: {
        batch: p.batch > 1 ? p.batch : 0,
        image: p.inputHeight * p.inputWidth * p.channels,
        height: p.outputHeight,
        width: p.outputWidth,
        channels: p.channels,
        inputHeight: p.inputHeight,
        inputWidth: p.inputWidth,
        kernelHeight: p.kernelHeight,
        kernelWidth: p.kernelWidth,
        strideY: p.strideY,
        strideX: p.strideX,
        dilationY: p.dilationY,
        dilationX: p.dilationX,
        padTop: p.padTop,
        padLeft: p.padLeft,
        padded: this.padded,
        clipRows: clipsRows(p),
        lastTapY: (p.kernelHeight - 1) * p.dilationY,
        from: inside.from,
        to: inside.to,
        xZeroPoint: conv.attrs.xZeroPoint,
        inRegisters,
        pointers: inRegisters ? list(depth, (t) => `r${t}`) : ["r2"],
        registerList: `{r0-r${depth - 1}}`,
        single: depth === 1,
        loop: p.channels !== lanes,
        partial: p.channels % lanes !== 0,
        turns: p.channels % lanes === 0 ? groups : p.channels,
        advances: advance !== 0,
        advanceLow: word & 0xffff,
        advanceHigh: word >>> 16,
        excess: groups * lanes - p.channels,
        chains: chains.map((taps, index) => ({
          head: tap(taps[0]),
          others: taps.slice(1).map(tap).join(","),
          only: last === 0,
          first: index === 0 && last > 0,
          middle: index > 0 && index < last,
          last: index === last && last > 0,
        })),
        vectors: list(4, (v) => ({
          half: v % 2 === 0 ? "b" : "t",
          products: v < 2 ? 2 : 3,
          sum: 5 + v,
          spilled: v === 3,
          /** Where the last chain's sum is: the spilled one comes back to a register that is free by then. */
          lastSum: v === 3 ? 6 : 5 + v,
          onlyNarrow: v < 2 ? 5 : 6,
          lastNarrow: v < 2 ? 1 : 5,
        })),
        high: last === 0 ? 6 : 5,
        low: last === 0 ? 5 : 1,
        scalar: "r11",
        blanks: list(depth * 8, () => 0),
        ...requantizeValues(this.requantize, conv.to),
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "stream",
          dtype: "int8",
          data: this.#pack(),
          what: "for 16 channels in turn: weights of each tap and requantization, as they are needed",
        },
        { kind: "scratch", name: "taps", ctype: "const int8_t *" },
        ...(this.padded
          ? [{ kind: "scratch", name: "zeros", ctype: "int8_t", offset: 4 * depth } as const]
          : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: [],
    };
  }

  #pack(): Int8Array {
    const { conv, chains, groups } = this;
    const { plane, weights, bias, attrs, to, depth } = conv;
    const offsets = foldedBias(plane, wholeWindow(plane), weights, bias, attrs.xZeroPoint);
    const { addends, factors } = requantizeWords(this.requantize, to, offsets);
    const packed = new DataView(new ArrayBuffer(groups * (depth * lanes + 128)));
    let at = 0;
    const taps = (from: number, chain: readonly number[]) => {
      for (const tap of chain) {
        for (let c = from; c < from + lanes; c++) {
          packed.setInt8(at++, c < plane.channels ? weights[c * depth + tap] : 0);
        }
      }
    };
    const words = (from: number, v: number, table: Int32Array) => {
      for (let i = 0; i < 4; i++, at += 4) packed.setInt32(at, table[from + laneChannel(v, i)] ?? 0, true);
    };
    for (let from = 0; from < groups * lanes; from += lanes) {
      taps(from, chains[0]);
      for (let v = 0; v < 4; v++) {
        words(from, v, addends);
        if (chains.length === 1) words(from, v, factors);
      }
      for (const chain of chains.slice(1)) taps(from, chain);
      if (chains.length > 1) for (let v = 0; v < 4; v++) words(from, v, factors);
    }
    return new Int8Array(packed.buffer);
  }
}

const clipsRows = (p: Plane): boolean =>
  axisRanges(p.outputHeight, p.inputHeight, p.kernelHeight, p.strideY, p.dilationY, p.padTop).some(
    (r) => r.endTap - r.firstTap < p.kernelHeight,
  );

/** Splits the taps into chains whose sums fit int16 in every channel, whatever the input: first fit. */
function chainTaps(weights: Int8Array, depth: number, channels: number): number[][] {
  const chains: { taps: number[]; positive: Int32Array; negative: Int32Array }[] = [];
  const fits = (chain: (typeof chains)[number], tap: number): boolean => {
    for (let c = 0; c < channels; c++) {
      const w = weights[c * depth + tap];
      const positive = chain.positive[c] + Math.max(w, 0);
      const negative = chain.negative[c] - Math.min(w, 0);
      if (127 * positive + 128 * negative > 32767 || 128 * positive + 127 * negative > 32768) return false;
    }
    return true;
  };
  for (let tap = 0; tap < depth; tap++) {
    let chain = chains.find((candidate) => fits(candidate, tap));
    if (!chain) {
      chain = { taps: [], positive: new Int32Array(channels), negative: new Int32Array(channels) };
      chains.push(chain);
    }
    chain.taps.push(tap);
    for (let c = 0; c < channels; c++) {
      const w = weights[c * depth + tap];
      chain.positive[c] += Math.max(w, 0);
      chain.negative[c] -= Math.min(w, 0);
    }
  }
  return chains.map(({ taps }) => taps);
}
