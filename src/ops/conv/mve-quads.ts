import { floatToBits } from "../../math/float-bits.js";
import { chooseRequantize } from "../../proof/requantize/choose.js";
import { scaleOf } from "../../proof/requantize/form.js";
import type { Accepted, Kernel, KernelCode } from "../kernel.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { type GemmRows, gemmRows } from "./gemm-rows.js";
import { convName } from "./kernel-op.js";
import { accumulators, heightsOf, runsCost, tileCost, tileValues } from "./mve-tile.js";
import { convOverlap } from "./overlap.js";
import { foldedBias } from "./regions.js";
import { gatherValues, wholeWindow } from "./window.js";

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM with VMLADAVA, 4 positions by 2 channels at a time. Lanes are
 * positions, so that bias and scale of a channel are scalars that stand between the weights; four channels are
 * narrowed into words and scattered to the positions. Sums stay in registers.
 */
export const quads: Kernel = {
  name: "conv-gemm-4x4",
  isa: "mve",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    if (plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
    if (plane.outputChannels % 4 !== 0 || plane.outputChannels > 65535)
      return { refused: "output channels are not a multiple of 4, or more than 65535" };
    return { ...new MveQuads(conv).accepted(), overlap: convOverlap(view, height) };
  },
};

/** Positions and channels of a tile. */
const height = 4;
const width = 2;
/** 1.5 * 2^23: float32 sums with it are integers. */
const rounding = 0x4b400000;

/** float32 with both roundings: `added` rounds by adding 1.5 * 2^23, where 16 bits hold the output before it saturates. */
interface Scaling {
  readonly kind: "added" | "converted";
  readonly clamp: boolean;
  readonly note: string;
}

class MveQuads {
  /** Of 16 inputs each. */
  readonly steps: number;
  readonly rows: GemmRows;
  readonly scaling: Scaling;

  constructor(readonly conv: FastConv) {
    this.steps = Math.ceil(conv.depth / 16);
    this.rows = gemmRows(conv.plane, this.steps * 16, height);
    const { to, ranges } = conv;
    const choice = chooseRequantize({ to, ranges, available: ["float"] });
    this.scaling = {
      kind: choice.largestScaled + 130 < 2 ** 15 ? "added" : "converted",
      clamp: (choice.clampsLow && to.min > -128) || (choice.clampsHigh && to.max < 127),
      note: choice.note,
    };
  }

  accepted(): Accepted {
    const { plane } = this.conv;
    const block = (h: number) =>
      30 + (plane.outputChannels / 4) * (2 * tileCost(this.steps, h, width) + this.#requantizeCost);
    return {
      cost: runsCost(plane, this.rows, height, block),
      reason: `4 positions by 2 channels, requantized in registers; windows ${this.rows.block > 0 ? "gathered" : "read in place"}`,
      scratch: this.rows.block * this.steps * 16,
      notes: [this.scaling.note],
      lower: () => this.#lower(),
    };
  }

  get #odd(): boolean {
    return this.scaling.kind === "added" && this.conv.to.zeroPoint % 2 !== 0;
  }

  /** Instructions for 4 channels of a block. */
  get #requantizeCost(): number {
    const narrow = this.scaling.kind === "added" ? 4 : 8;
    return 8 + 2 + 16 + narrow + (this.#odd ? 3 : 0) + (this.scaling.clamp ? 6 : 0) + 3;
  }

  #lower(): KernelCode {
    const { conv, rows, steps, scaling } = this;
    const { plane, to } = conv;
    const stream = this.#pack();
    return {
      template: "conv/mve-quads",
      values: {
        ...gatherValues(conv, rows, steps * 16),
        quads: true,
        outputChannels: plane.outputChannels,
        blocks: heightsOf(rows, height).map((h) => this.#block(h)),
        streamLow: stream.length & 0xffff,
        streamHigh: stream.length >>> 16,
        added: scaling.kind === "added",
        odd: this.#odd,
        clamp: scaling.clamp,
        min: to.min,
        max: to.max,
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "stream",
          dtype: "int8",
          data: stream,
          what: "for 2 output channels at a time: weights by 16 inputs, then biases, float32 scales and a rounding constant",
        },
        ...(rows.block > 0 ? [{ kind: "scratch", name: "window", ctype: "int8_t" } as const] : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: rows.block > 0 ? ["mve/copy"] : [],
    };
  }

  #block(positions: number) {
    // Both channels' weights go through q4: q5 to q7 hold the first two channels and addresses.
    const tile = tileValues(this.steps, positions, width, () => 4);
    const column = (w: number) => (p: number) => accumulators[p < positions ? p * width + w : w];
    const lanes = (vector: number, of: (p: number) => string) => ({
      vector,
      lane0: of(0),
      lane1: of(1),
      lane2: of(2),
      lane3: of(3),
    });
    return {
      ...tile,
      main: positions === height,
      first2: [lanes(5, column(0)), lanes(6, column(1))],
      second2: [lanes(0, column(0)), lanes(1, column(1))],
      /** Blank lines that let the compiler know how long the expanded code is. */
      blanks: Array.from(
        { length: Math.min(this.steps, 15) * 2 * (positions + width + positions * width) },
        () => 0,
      ),
    };
  }

  /** [pair of channels]: [step][channel][16 inputs], then bias, scale, bias, scale, rounding constant or zero point. */
  #pack(): Int8Array {
    const { conv, steps } = this;
    const { plane, weights, bias, attrs, to, depth } = conv;
    const offsets = foldedBias(plane, wholeWindow(plane), weights, bias, attrs.xZeroPoint);
    const pair = steps * width * 16 + 20;
    const packed = new Int8Array((plane.outputChannels / width) * pair);
    const words = new DataView(packed.buffer);
    const last = this.scaling.kind === "added" ? rounding + to.zeroPoint - (this.#odd ? 1 : 0) : to.zeroPoint;
    for (let channel = 0; channel < plane.outputChannels; channel++) {
      const [start, w] = [Math.floor(channel / width) * pair, channel % width];
      for (let k = 0; k < depth; k++)
        packed[start + ((k >> 4) * width + w) * 16 + (k & 15)] = weights[channel * depth + k];
      const at = start + steps * width * 16;
      words.setInt32(at + 8 * w, offsets[channel], true);
      words.setInt32(at + 8 * w + 4, floatToBits(scaleOf(to, channel)), true);
      words.setInt32(at + 16, last, true);
    }
    return packed;
  }
}
