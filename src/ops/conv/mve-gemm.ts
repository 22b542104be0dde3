import type { Accepted, Kernel, KernelCode } from "../kernel.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { type GemmRows, gemmRows } from "./gemm-rows.js";
import { convName } from "./kernel-op.js";
import {
  chooseMveRequantize,
  laneChannel,
  type MveRequantize,
  requantizeValues,
  requantizeWords,
} from "./mve-requantize.js";
import { accumulators, heightsOf, longestUnroll, runsCost, tileCost, tileValues } from "./mve-tile.js";
import { convOverlap } from "./overlap.js";
import { foldedBias, wholeWindow } from "./regions.js";
import { gatherValues } from "./window.js";

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM with VMLADAVA: 4 positions by 2 channels, or fewer positions
 * by more channels where there are no more. Windows that are contiguous in the input are read in place,
 * others are gathered. Sums go through memory to be requantized 16 channels at a time.
 */
export const gemm: Kernel = {
  name: "conv-gemm-4x2",
  isa: "mve",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    if (conv.plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
    if (conv.plane.outputChannels > 65535) return { refused: "more than 65535 output channels" };
    const gemm = new MveGemm(conv);
    return { ...gemm.accepted(), overlap: convOverlap(view, gemm.height) };
  },
};

/** Channels requantized at a time. */
const lanes = 16;
class MveGemm {
  readonly rows: GemmRows;
  /** Of 16 inputs each. */
  readonly steps: number;
  /** Positions and channels of a tile. */
  readonly height: number;
  readonly width: number;
  readonly requantize: MveRequantize;

  constructor(readonly conv: FastConv) {
    const { plane, depth } = conv;
    this.steps = Math.ceil(depth / 16);
    const read = this.steps * 16;
    const { positions } = gemmRows(plane, read, 4);
    this.height = positions >= 3 ? 4 : positions;
    this.width = accumulators.length / this.height;
    this.rows = gemmRows(plane, read, this.height);
    this.requantize = chooseMveRequantize(conv.to, conv.ranges);
  }

  accepted(): Accepted {
    return {
      cost: this.#cost(),
      reason: `${this.height} positions by ${this.width} channels; windows ${this.rows.block > 0 ? "gathered" : "read in place"}`,
      scratch: this.#sumBytes + this.rows.block * this.steps * 16,
      notes: [this.requantize.note],
      lower: () => this.#lower(),
    };
  }

  /** Sums of a tile's positions, 3 words kept over a group of channels, and room to align them to 64 bytes. */
  get #sumBytes(): number {
    return this.height * 64 + 16 + 64;
  }

  /** Channels beyond the last full group. */
  get #tail(): number {
    return this.conv.plane.outputChannels % lanes;
  }

  get #groups(): number {
    return Math.floor(this.conv.plane.outputChannels / lanes);
  }

  /** Tiles of the tail: a power of two, since the loop ends where the address of its sums is divisible. */
  get #tailTiles(): number {
    return this.#tail === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.ceil(this.#tail / this.width)));
  }

  /** Tiles unrolled in a full group: about as much code as one long tile has. */
  get #repeats(): number {
    if (this.steps > longestUnroll) return 1;
    return Math.min(lanes / this.width, 2 ** Math.floor(Math.log2(Math.max(1, 16 / this.steps))));
  }

  #cost(): number {
    const { steps, width } = this;
    const fixed = this.requantize.form.kind === "highProduct";
    return runsCost(this.conv.plane, this.rows, this.height, (height) => {
      const tile = tileCost(steps, height, width) + (height * width) / 2 + 2;
      const full =
        this.#groups * ((lanes / width) * (tile - 2 + 2 / this.#repeats) + 18 + height * (fixed ? 24 : 28));
      return full + this.#tailTiles * tile + Math.ceil(this.#tail / 4) * (3 + height * 8) + 45;
    });
  }

  #lower(): KernelCode {
    const { conv, rows, steps, width } = this;
    const blocks = heightsOf(rows, this.height);
    const tail = this.#tail;
    return {
      template: "conv/mve-gemm",
      values: {
        ...gatherValues(conv, rows, steps * 16),
        quads: false,
        sumBytes: this.#sumBytes,
        outputChannels: conv.plane.outputChannels,
        groups: this.#groups,
        blocks: blocks.map((height) => this.#block(height)),
        tailFrom: {
          weights: this.#groups * lanes * steps * 16,
          requantize: this.#groups * 32,
          channels: this.#groups * lanes,
        },
        tailLoop: this.#tailTiles > 1,
        tailMask: this.#tailTiles * width * 4 - 1,
        tailSums: this.#tailTiles * width * 4,
        tail: Array.from({ length: Math.ceil(tail / 4) }, (_, v) => ({
          sums: 16 * v,
          multipliers: 32 * v,
          addends: 32 * v + 16,
          lanes: tail - 4 * v < 4 ? tail - 4 * v : 0,
        })),
        scalar: "r4",
        ...requantizeValues(this.requantize, conv.to),
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "weights",
          dtype: "int8",
          data: this.#pack(),
          what: `weights, ${width} output channels by 16 inputs`,
        },
        {
          kind: "constant",
          name: "requantize",
          dtype: "int32",
          data: this.#constants(),
          what: "for 16 channels at a time: addends, then multipliers (or biases and float32 scales)",
        },
        { kind: "scratch", name: "scratch", ctype: "int8_t" },
        { kind: "output", name: "y", index: 0 },
      ],
      uses: rows.block > 0 ? ["mve/copy"] : [],
    };
  }

  /** Registers and offsets of a tile with `height` positions. */
  #block(height: number) {
    const { steps, width, requantize } = this;
    const list = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
    const frame = this.height * 64;
    const fixed = requantize.form.kind === "highProduct";
    const unrolled = Math.min(steps, longestUnroll) * (height + width + height * width);
    return {
      ...tileValues(steps, height, width, (w) => 4 + (w % 4)),
      main: height === this.height,
      repeats: this.#repeats > 1 ? this.#repeats : 0,
      loop: this.#repeats * width < lanes,
      stores: list((height * width) / 2, (i) => {
        const [p, pair] = [Math.floor(i / (width / 2)), i % (width / 2)];
        return {
          even: accumulators[2 * i],
          odd: accumulators[2 * i + 1],
          offset: p * 64 + pair * 8,
          first: i === 0,
        };
      }).reverse(),
      advance: width * 4,
      frame,
      sums: list(height, (p) => p * 64).join(","),
      vectors: list(4, (v) => ({
        sums: 16 * v,
        addends: 16 * v,
        multipliers: 64 + 16 * v,
        factor: 4 + v,
        half: v % 2 === 0 ? "b" : "t",
        narrow: v < 2 ? 2 : 3,
      })),
      /** Blank lines that let the compiler know how long the repeated code is. */
      fullBlanks: list(unrolled * this.#repeats + height * (fixed ? 24 : 28), () => 0),
      tailBlanks: list(unrolled + Math.ceil(this.#tail / 4) * height * 8, () => 0),
    };
  }

  /** Output channel in slot `slot` of 16, or -1. */
  #channel(slot: number): number {
    const { outputChannels } = this.conv.plane;
    const full = slot < this.#groups * lanes;
    const within = slot % lanes;
    const channel = full ? slot - within + laneChannel(within >> 2, within & 3) : slot;
    return channel < outputChannels ? channel : -1;
  }

  /** [tile][step][channel][16 inputs], zeros where inputs or channels end. */
  #pack(): Int8Array {
    const { steps, width, conv } = this;
    const tiles = (this.#groups * lanes) / width + this.#tailTiles;
    const packed = new Int8Array(tiles * steps * width * 16);
    for (let tile = 0; tile < tiles; tile++) {
      for (let w = 0; w < width; w++) {
        const channel = this.#channel(tile * width + w);
        if (channel < 0) continue;
        for (let k = 0; k < conv.depth; k++) {
          const at = ((tile * steps + (k >> 4)) * width + w) * 16 + (k & 15);
          packed[at] = conv.weights[channel * conv.depth + k];
        }
      }
    }
    return packed;
  }

  /** Of full groups 16 addends and 16 multipliers; of the tail 4 multipliers and 4 addends at a time. */
  #constants(): Int32Array {
    const { plane, weights, bias, attrs, to } = this.conv;
    const offsets = foldedBias(plane, wholeWindow(plane), weights, bias, attrs.xZeroPoint);
    const { addends, factors } = requantizeWords(this.requantize, to, offsets);
    const data = new Int32Array(this.#groups * 32 + Math.ceil(this.#tail / 4) * 8);
    for (let slot = 0; slot < this.#groups * lanes; slot++) {
      const at = Math.floor(slot / lanes) * 32 + (slot % lanes);
      data[at] = addends[this.#channel(slot)];
      data[at + lanes] = factors[this.#channel(slot)];
    }
    const tail = this.#groups * lanes;
    for (let channel = tail; channel < plane.outputChannels; channel++) {
      const at = this.#groups * 32 + ((channel - tail) >> 2) * 8 + ((channel - tail) & 3);
      data[at] = factors[channel];
      data[at + 4] = addends[channel];
    }
    return data;
  }
}
