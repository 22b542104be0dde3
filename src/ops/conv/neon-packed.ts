import type { Accepted, KernelCode, NodeView, Refused } from "../kernel.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { type GemmRows, gemmRows } from "./gemm-rows.js";
import { dotRegisters, mmlaRegisters } from "./neon-packed-registers.js";
import {
  type ChannelGroup,
  type Rounding,
  requantizeTable,
  roundingOf,
  roundingValues,
} from "./neon-requantize.js";
import { convOverlap } from "./overlap.js";
import { trimTaps } from "./trim-taps.js";
import { gatherValues, wholeWindow } from "./window.js";

/**
 * A GEMM of tiles of up to 8 positions by 8 channels, for the dot product instructions. The windows of 8
 * positions are packed into scratch once, in the order of the tile's loads, and serve all channels.
 */
export interface PackedIsa {
  readonly kind: "dot" | "mmla";
  /** Inputs of one step along K. */
  readonly step: number;
  /** Positions that share a register of activations. */
  readonly rows: number;
  /** Steps in one turn of the loop along K; up to twice as many are unrolled. */
  readonly turn: number;
  /** The weights of one step: channel in the tile and input in the step, in the order they are loaded. */
  readonly weights: readonly { readonly channel: number; readonly input: number }[];
  /** Channels of a tile in the order of the sums in the registers, and as the scales are applied. */
  readonly group: ChannelGroup;
  /** Instructions of a tile of so many positions: of one step, and of all that is done once. */
  instructions(positions: number): { readonly step: number; readonly once: number };
}

/** Positions and channels of a tile. */
const height = 8;
const width = 8;
/** Bytes of each window that packing moves at once. */
const piece = 16;

export function acceptPacked(isa: PackedIsa, view: NodeView): Accepted | Refused {
  const conv = fastConv(view);
  if ("refused" in conv) return conv;
  if (conv.plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
  return { ...new PackedGemm(isa, trimTaps(conv)).accepted(), overlap: convOverlap(view, height) };
}

class PackedGemm {
  readonly rows: GemmRows;
  readonly rounding: Rounding;
  /** Of the window, each `isa.step` inputs. */
  readonly steps: number;
  /** Of channels. */
  readonly tiles: number;
  /** Positions of the tiles there are: 8 and what is left over. */
  readonly heights: readonly number[];

  constructor(
    readonly isa: PackedIsa,
    readonly conv: FastConv,
  ) {
    const { plane, depth } = conv;
    this.rows = gemmRows(plane, depth, height);
    this.rounding = roundingOf(conv);
    this.steps = Math.ceil(depth / isa.step);
    this.tiles = Math.ceil(plane.outputChannels / width);
    const { positions } = this.rows;
    this.heights = [...(positions >= height ? [height] : []), positions % height].filter((n) => n > 0);
  }

  /** Some tile has windows that are not contiguous in the input. */
  get #gathers(): boolean {
    const { direct, positions } = this.rows;
    return !direct || direct.from > 0 || direct.to < positions;
  }

  get #packedBytes(): number {
    return Math.ceil(this.heights[0] / this.isa.rows) * this.isa.rows * this.steps * this.isa.step;
  }

  accepted(): Accepted {
    return {
      cost: this.#cost(),
      reason: `8 positions x 8 channels, windows ${this.#gathers ? "gathered and " : ""}packed once`,
      scratch: this.#packedBytes + (this.#gathers ? this.heights[0] * this.conv.depth : 0),
      notes: ["requant: float32 vectors"],
      lower: () => this.#lower(),
    };
  }

  /** Instructions: those of the tiles are counted, packing and gathering estimated. */
  #cost(): number {
    const { rows, conv, isa, steps } = this;
    const tile = (positions: number) => {
      const { step, once } = isa.instructions(positions);
      return (
        this.tiles * (steps * step + once + (2 * steps) / isa.turn) +
        (conv.depth / piece) * (2 * positions + 4)
      );
    };
    const blocks = Math.floor(rows.positions / height);
    const direct = rows.direct ? rows.direct.to - rows.direct.from : 0;
    const { kernelHeight, kernelWidth, channels } = conv.plane;
    const window = kernelHeight * (12 + Math.ceil((kernelWidth * channels) / 16) * 2) + 12;
    const left = rows.positions % height;
    const perRun = blocks * (tile(height) + 40) + (left > 0 ? tile(left) + 40 : 0);
    return rows.batch * rows.rows * (perRun + (rows.positions - direct) * window);
  }

  #lower(): KernelCode {
    const { conv, rows, isa, rounding } = this;
    const { outputChannels } = conv.plane;
    const edge = outputChannels % width;
    const table = requantizeTable(
      conv,
      rounding,
      wholeWindow(conv.plane),
      Array.from({ length: this.tiles }, (_, tile) => ({
        biases: isa.group.biases.map((channel) => tile * width + channel),
        scales: isa.group.scales.map((channel) => tile * width + channel),
      })),
    );
    const gathers = this.#gathers;
    return {
      template: "conv/neon-packed",
      values: {
        ...gatherValues(conv, rows, conv.depth),
        gathers,
        mmla: isa.kind === "mmla",
        heights: this.heights.map((positions) => this.#tileValues(positions)),
        severalHeights: this.heights.length > 1,
        tileHeight: this.heights[0],
        wholePieces: Math.floor(conv.depth / piece) * piece,
        tail: conv.depth % piece,
        outputChannels,
        tiles: this.tiles,
        wholeTiles: Math.floor(outputChannels / width),
        edge,
        ...roundingValues(conv, rounding),
        rounding: rounding.bits,
        offset: rounding.bits - conv.to.zeroPoint,
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "weights",
          dtype: "int8",
          data: this.#pack(),
          what: "weights, 8 channels at a time",
          align: 16,
        },
        table,
        { kind: "scratch", name: "packed", ctype: "int8_t" },
        ...(gathers
          ? [{ kind: "scratch", name: "window", ctype: "int8_t", offset: this.#packedBytes } as const]
          : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: gathers || conv.depth % piece > 0 ? ["neon/copy"] : [],
    };
  }

  /** Parameters of the tile with so many positions. */
  #tileValues(positions: number) {
    const { isa, steps, conv } = this;
    const turns = steps > 2 * isa.turn ? Math.floor(steps / isa.turn) : 0;
    const groups = Math.ceil(positions / isa.rows);
    const windowBytes = groups * isa.rows * isa.step * steps;
    return {
      positions,
      turns,
      turn: isa.turn,
      rest: steps - turns * isa.turn,
      groups,
      stepBytes: groups * isa.rows * isa.step,
      windowBytes,
      /** From the row after the tile's last to the next tile's first. */
      back: positions * conv.plane.outputChannels - width,
      edgeBack: positions * width - width,
      ...(isa.kind === "dot" ? dotRegisters(positions) : mmlaRegisters(positions)),
      /** Packing: each position's offset from the block's first, in the order of the registers. */
      packing: Array.from({ length: groups }, (_, group) => ({
        first: group * isa.rows,
        second: Math.min(group * isa.rows + 1, positions - 1),
        to: group * 16,
      })),
      secondStep: groups * 16,
      twoSteps: conv.depth % piece > 8,
    };
  }

  /** [tile][step][as the instruction wants them], zeros where channels or inputs end. */
  #pack(): Int8Array {
    const { isa, steps, tiles, conv } = this;
    const { depth, weights, plane } = conv;
    const packed = new Int8Array(tiles * steps * isa.weights.length);
    let at = 0;
    for (let tile = 0; tile < tiles; tile++) {
      for (let k = 0; k < steps * isa.step; k += isa.step) {
        for (const { channel, input } of isa.weights) {
          const c = tile * width + channel;
          packed[at++] = c < plane.outputChannels && k + input < depth ? weights[c * depth + k + input] : 0;
        }
      }
    }
    return packed;
  }
}
