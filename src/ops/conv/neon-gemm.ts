import type { Target } from "../../target/target.js";
import type { Accepted, Kernel, KernelCode, KernelParameter } from "../kernel.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { type GemmRows, gemmRows } from "./gemm-rows.js";
import { convName } from "./kernel-op.js";
import { type ChainPlan, planChains } from "./neon-chain-plan.js";
import { plainGroup, type Rounding, requantizeTable, roundingOf, roundingValues } from "./neon-requantize.js";
import { aarch32, aarch64, type TileCode, type TileIsa, tileCode } from "./neon-tile.js";
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
  readonly rows: GemmRows;
  readonly chains: ChainPlan;
  readonly rounding: Rounding;
  /** Code of 2 positions for each variant of the chains. */
  readonly pairs: readonly TileCode[];
  /** Of 1 position: for each variant if there is no pair, else one that serves all tiles. */
  readonly singles: readonly TileCode[];

  constructor(
    readonly conv: FastConv,
    readonly target: Target,
  ) {
    const { depth, plane, weights } = conv;
    this.isa = target.features.bits === 64 ? aarch64 : aarch32;
    this.steps = Math.ceil(depth / 8);
    const block = Math.max(4, Math.min(32, 2 * Math.floor(1024 / depth)));
    this.rows = gemmRows(plane, this.steps * 8, block);
    this.chains = planChains(weights, depth, plane.outputChannels, this.isa.blockSteps);
    this.rounding = roundingOf(conv);
    const { variants, safe } = this.chains;
    const paired = this.#runs().some((n) => n > 1);
    this.pairs = paired ? variants.map((chains) => tileCode(this.isa, 2, this.steps, chains)) : [];
    this.singles = (paired ? [safe] : variants).map((chains) => tileCode(this.isa, 1, this.steps, chains));
  }

  /** Positions that follow each other in place, and those gathered before and after. */
  #runs(): number[] {
    const { direct, positions } = this.rows;
    return direct ? [direct.from, direct.to - direct.from, positions - direct.to] : [positions];
  }

  get #tiles(): number {
    return this.chains.tiles.length;
  }

  accepted(): Accepted {
    const { chains, rows, steps, isa } = this;
    const perBlock = chains.tiles.reduce((sum, t) => sum + chains.variants[t.variant].flat().length, 0);
    const depth = (isa.blockSteps * width * this.#tiles) / perBlock;
    return {
      cost: this.#cost(),
      reason: `16-bit chains of products along K; windows ${rows.block > 0 ? "gathered" : "read in place"}`,
      scratch: rows.block * steps * 8,
      notes: [`chains: ${depth.toFixed(2)} products for each widening addition`, "requant: float32 vectors"],
      lower: () => this.#lower(),
    };
  }

  /** Instructions: those of the tiles are counted, the rest is estimated. */
  #cost(): number {
    const { rows, conv, chains } = this;
    const end = this.isa === aarch64 ? 18 : 31;
    const all = (codes: readonly TileCode[]) =>
      chains.tiles.reduce((sum, t) => sum + (codes[t.variant] ?? codes[0]).instructions + end, 0);
    const pairs = this.pairs.length > 0 ? all(this.pairs) : 0;
    const singles = all(this.singles);
    const runs = rows.batch * rows.rows;
    const direct = rows.direct ? rows.direct.to - rows.direct.from : 0;
    const gathered = rows.positions - direct;
    const { kernelHeight, kernelWidth, channels } = conv.plane;
    const window = kernelHeight * (12 + Math.ceil((kernelWidth * channels) / 16) * 2) + 12;
    const perRun =
      (Math.floor(direct / 2) + Math.floor(gathered / 2)) * pairs + ((direct % 2) + (gathered % 2)) * singles;
    const blocks = (direct > 0 ? 1 : 0) + (rows.block > 0 ? Math.ceil(gathered / rows.block) : 0);
    return runs * (perRun + gathered * window + blocks * (10 + this.#tiles * 14));
  }

  #lower(): KernelCode {
    const { conv, rows, chains, isa } = this;
    const { outputChannels } = conv.plane;
    const tiles = this.#tiles;
    const edge = outputChannels % width;
    const choose = chains.variants.length > 1;
    const values = (code: TileCode, positions: number) => ({
      ...code,
      loop: code.turns > 0,
      pair: positions === 2,
      padding: newlines(code.instructions - linesOf(code)),
    });
    return {
      template: "conv/neon-gemm",
      values: {
        ...gatherValues(conv, rows, this.steps * 8),
        wide: isa === aarch64,
        offset: isa === aarch64 ? "int64_t" : "int32_t",
        loop: this.singles[0].turns > 0,
        tiles,
        lastTile: tiles - 1,
        tileBytes: this.steps * 32,
        outputChannels,
        anyPair: this.pairs.length > 0,
        anySingle: edge > 0 || rows.block > 0 || this.#runs().some((n) => n % 2 === 1),
        windowRead: this.pairs[0]?.windowRead ?? 0,
        weightsRead: this.pairs[0]?.weightsRead ?? 0,
        pairs: this.pairs.map((code, index) => ({ index, code: values(code, 2) })),
        singles: this.singles.map((code, index) => ({ index, code: values(code, 1) })),
        chooseSingle: this.singles.length > 1,
        choose,
        permuted: chains.permuted,
        edge,
        spill: edge > 0 ? Math.ceil((width - edge) / outputChannels) : 0,
        ...roundingValues(conv, this.rounding),
        constants: tiles * 8,
      },
      parameters: [
        { kind: "input", name: "x", index: 0 },
        {
          kind: "constant",
          name: "weights",
          dtype: "int8",
          data: this.#pack(),
          what: "weights, tile by tile",
        },
        requantizeTable(
          conv,
          this.rounding,
          wholeWindow(conv.plane),
          chains.tiles.map((tile) => plainGroup(tile.channels)),
        ),
        ...this.#tileTables(choose),
        ...(rows.block > 0 ? [{ kind: "scratch", name: "window", ctype: "int8_t" } as const] : []),
        { kind: "output", name: "y", index: 0 },
      ],
      uses: rows.block > 0 ? ["neon/copy"] : [],
    };
  }

  /** What differs from tile to tile, where anything does. */
  #tileTables(choose: boolean): KernelParameter[] {
    const { tiles, permuted } = this.chains;
    const variants: KernelParameter = {
      kind: "constant",
      name: "variants",
      dtype: "uint8",
      data: Uint8Array.from(tiles, (tile) => tile.variant),
      what: "which chains each tile has",
    };
    /** Bytes of both positions. */
    const order = tiles.flatMap(({ channels }) => {
      const places = [...channels].sort((a, b) => a - b).map((channel) => channels.indexOf(channel));
      return [...places, ...places.map((place) => place + width)];
    });
    const orders: KernelParameter = {
      kind: "constant",
      name: "orders",
      dtype: "int8",
      data: Int8Array.from(order),
      what: "where each tile computes its channels, at 2 positions",
      align: 8,
    };
    return [...(choose ? [variants] : []), ...(permuted ? [orders] : [])];
  }

  /** [tile][block of K][channel][input], zeros where channels or inputs end. */
  #pack(): Int8Array {
    const { steps, chains, conv, isa } = this;
    const { depth, weights, plane } = conv;
    const packed = new Int8Array(this.#tiles * steps * 32);
    let at = 0;
    for (const { channels } of chains.tiles) {
      for (let from = 0; from < steps; from += isa.blockSteps) {
        const end = Math.min(from + isa.blockSteps, steps) * 8;
        for (const c of channels) {
          for (let k = from * 8; k < end; k++) {
            packed[at++] = c < plane.outputChannels && k < depth ? weights[c * depth + k] : 0;
          }
        }
      }
    }
    return packed;
  }
}

const linesOf = ({ macros, body, rest }: TileCode): number =>
  macros.reduce((sum, { steps }) => sum + steps.length + 2, 0) +
  [...body, ...rest].reduce((sum, { loads, channels }) => sum + loads.length + channels.length, 0);

/** Strings of escaped newlines. */
const newlines = (count: number): string[] =>
  Array.from({ length: Math.ceil(Math.max(0, count) / 40) }, (_, i) =>
    "\\n".repeat(Math.min(40, count - 40 * i)),
  );
