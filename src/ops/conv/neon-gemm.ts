import type { Target } from "../../target/target.js";
import type { Accepted, Kernel, KernelCode } from "../kernel.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { type GemmRows, gemmRows } from "./gemm-rows.js";
import { convName } from "./kernel-op.js";
import { channelGroups, requantizeTable } from "./neon-requantize.js";
import { aarch32, aarch64, type Chains, chainMenu, chainsHold, type TileIsa, tileCode } from "./neon-tile.js";
import { trimTaps } from "./trim-taps.js";
import { gatherValues, wholeWindow } from "./window.js";

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM of 2 positions by 4 channels. Windows that are contiguous
 * in the input are read in place, others are gathered.
 */
export const gemm: Kernel = {
  name: "conv-gemm-2x4",
  isa: "neon",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    if (conv.plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
    return new NeonGemm(trimTaps(conv), target).accepted();
  },
};

/** Channels of a tile. */
const width = 4;

class NeonGemm {
  readonly isa: TileIsa;
  /** Of 8 inputs each. */
  readonly steps: number;
  readonly tiles: number;
  readonly rows: GemmRows;
  /** The cheapest chains that hold for each tile. */
  readonly chains: readonly Chains[];

  constructor(
    readonly conv: FastConv,
    readonly target: Target,
  ) {
    const { depth, plane, weights } = conv;
    this.isa = target.features.bits === 64 ? aarch64 : aarch32;
    this.steps = Math.ceil(depth / 8);
    this.tiles = Math.ceil(plane.outputChannels / width);
    const block = Math.max(4, Math.min(32, 2 * Math.floor(1024 / depth)));
    this.rows = gemmRows(plane, this.steps * 8, block);
    this.chains = Array.from({ length: this.tiles }, (_, tile) => {
      const count = Math.min(width, plane.outputChannels - tile * width);
      return chainMenu(this.isa).find((c) => chainsHold(this.isa, c, weights, depth, tile * width, count))!;
    });
  }

  accepted(): Accepted {
    const products = this.tiles * this.steps;
    const flushes = this.chains.reduce((sum, c) => sum + (this.steps / this.isa.blockSteps) * c.length, 0);
    return {
      cost: this.#cost(),
      reason: `16-bit chains of products along K; windows ${this.rows.block > 0 ? "gathered" : "read in place"}`,
      scratch: this.rows.block * this.steps * 8,
      notes: [
        `chains: ${(products / flushes).toFixed(2)} products for each widening addition`,
        "requant: float32 vectors",
      ],
      lower: () => this.#lower(),
    };
  }

  /** Instructions: those of the pair tiles, counted, and the gathering, estimated. */
  #cost(): number {
    const { rows, conv } = this;
    const runs = rows.batch * rows.rows;
    const pairs = runs * (Math.floor(rows.positions / 2) + 0.6 * (rows.positions % 2));
    const gathered = runs * (rows.positions - (rows.direct ? rows.direct.to - rows.direct.from : 0));
    const tile = (chains: Chains) => {
      const { turns, body, rest } = tileCode(this.isa, 2, this.steps, chains);
      return turns * (body.length + 2) + rest.length + (this.isa === aarch64 ? 22 : 31);
    };
    const tiles = this.#variants().reduce((sum, { chains, count }) => sum + count * tile(chains), 0);
    const { kernelHeight, kernelWidth, channels } = conv.plane;
    const window = kernelHeight * (8 + Math.ceil((kernelWidth * channels) / 16) * 2 + 4) + 12;
    return pairs * tiles + gathered * window + runs * (20 + this.tiles * 14);
  }

  #variants(): { readonly chains: Chains; readonly count: number }[] {
    return [...new Set(this.chains)].map((chains) => ({
      chains,
      count: this.chains.filter((c) => c === chains).length,
    }));
  }

  #lower(): KernelCode {
    const { conv, rows, steps, tiles } = this;
    const { outputChannels } = conv.plane;
    const variants = this.#variants().map(({ chains }) => chains);
    const edge = outputChannels % width;
    const runs = rows.direct
      ? [rows.direct.from, rows.direct.to - rows.direct.from, rows.positions - rows.direct.to]
      : [rows.positions];
    const code = (positions: number, chains: Chains) => ({
      ...tileCode(this.isa, positions, steps, chains),
      loop: pair.turns > 0,
      pair: positions === 2,
      accumulators: Array.from({ length: 4 * positions }, (_, i) => i),
      finals: positions === 2 ? [0, 4] : [0],
    });
    const pair = tileCode(this.isa, 2, steps, variants[0]);
    return {
      template: "conv/neon-gemm",
      values: {
        ...gatherValues(conv, rows, steps * 8),
        wide: this.isa === aarch64,
        offset: this.isa === aarch64 ? "int64_t" : "int32_t",
        loop: pair.turns > 0,
        tiles,
        lastTile: tiles - 1,
        tileBytes: steps * 32,
        outputChannels,
        pairs: runs.some((n) => n > 1),
        singles: edge > 0 || rows.block > 0 || runs.some((n) => n % 2 === 1),
        windowRead: pair.windowRead,
        weightsRead: pair.weightsRead,
        variants: variants.map((chains, index) => ({
          index,
          pair: code(2, chains),
          single: code(1, chains),
        })),
        choose: variants.length > 1,
        edge,
        spill: edge > 0 ? Math.ceil((width - edge) / outputChannels) : 0,
        zeroPoint: conv.to.zeroPoint,
        constants: tiles * 8,
        clamp: conv.to.min > -128 || conv.to.max < 127,
        min: conv.to.min,
        max: conv.to.max,
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "weights",
          dtype: "int8",
          data: this.#pack(),
          what: "weights, in the order of the tiles' loads",
        },
        requantizeTable(conv, wholeWindow(conv.plane), channelGroups(0, outputChannels, width)),
        ...(variants.length > 1
          ? [
              {
                kind: "constant",
                name: "variants",
                dtype: "uint8",
                data: Uint8Array.from(this.chains, (c) => variants.indexOf(c)),
                what: "chains of each tile",
              } as const,
            ]
          : []),
        ...(rows.block > 0 ? [{ kind: "scratch", name: "window", ctype: "int8_t" } as const] : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: rows.block > 0 ? ["neon/copy"] : [],
    };
  }

  /** [tile][block of K][channel][input], zeros where channels or inputs end. */
  #pack(): Int8Array {
    const { steps, tiles, conv } = this;
    const { depth, weights, plane } = conv;
    const packed = new Int8Array(tiles * steps * 32);
    let at = 0;
    for (let tile = 0; tile < tiles; tile++) {
      for (let from = 0; from < steps; from += this.isa.blockSteps) {
        const end = Math.min(from + this.isa.blockSteps, steps) * 8;
        for (let c = tile * width; c < (tile + 1) * width; c++) {
          for (let k = from * 8; k < end; k++) {
            packed[at++] = c < plane.outputChannels && k < depth ? weights[c * depth + k] : 0;
          }
        }
      }
    }
    return packed;
  }
}
