import type { Chains } from "./neon-chain-plan.js";

/**
 * The inner loop of the NEON GEMM: 1 or 2 positions x 4 output channels, each vector multiplication 8
 * products that lie along K. A chain of them accumulates in 16 bits, then adds its lanes in pairs to the
 * 32-bit sums of its position and channel. Activations of a block of K stay in registers while the four
 * channels' weights pass by; the weights of a tile are stored in the order of these loads.
 */
export interface TileIsa {
  /** Steps of 8 inputs in a block. */
  readonly blockSteps: number;
  /** Blocks that are unrolled at most, and those in one turn of the loop for longer windows. */
  readonly longest: number;
  readonly turn: number;
  /** Sets of registers for the 16-bit sums of two positions, used in turn. */
  readonly partials: readonly (readonly number[])[];
  /** Registers of step `s` of a block: activations of position `p`, weights. */
  x(p: number, s: number): number;
  w(s: number): number;
  /** Whether step `s` is in the upper half of its register. */
  high(s: number): boolean;
  /** Splits `steps` steps from register `first` on into loads. */
  loads(first: number, steps: number): readonly { readonly registers: string; readonly steps: number }[];
}

export const aarch32: TileIsa = {
  blockSteps: 4,
  longest: 8,
  turn: 4,
  partials: [[14, 15]],
  x: (p, s) => 8 + 4 * p + s,
  w: (s) => 16 + s,
  high: () => false,
  loads: (first, steps) => [{ registers: range(steps, (i) => `d${first + i}`), steps }],
};

export const aarch64: TileIsa = {
  blockSteps: 8,
  longest: 4,
  turn: 2,
  partials: [
    [28, 29],
    [30, 31],
  ],
  x: (p, s) => 16 + 8 * p + (s >> 1),
  w: (s) => 4 + (s >> 1),
  high: (s) => s % 2 === 1,
  loads(first, steps) {
    const whole = { registers: range(steps >> 1, (i) => `v${first + i}.16b`), steps: steps - (steps % 2) };
    const half = { registers: `v${first + (steps >> 1)}.8b`, steps: 1 };
    return [...(steps > 1 ? [whole] : []), ...(steps % 2 === 1 ? [half] : [])];
  },
};

const range = (count: number, name: (i: number) => string): string =>
  count > 1 ? `${name(0)}-${name(count - 1)}` : name(0);

/** One load, or one instruction for each position: exactly one of the fields is there. */
export interface TileStep {
  readonly load?: {
    readonly registers: string;
    readonly pointer: string;
    readonly bytes: number;
    /** The operand that advances the pointer to the next tile, where that is this load's task. */
    readonly next: string;
    /** The macro's parameter decides between the two. */
    readonly open: boolean;
  };
  /** Products of 8 inputs at both positions. `first` of its chain: does not accumulate. */
  readonly multiply?: {
    readonly sums: readonly number[];
    readonly w: number;
    readonly x: readonly number[];
    readonly high: boolean;
    readonly first: boolean;
  };
  /** The ends of a chain at both positions. `first` of its block: accumulates unless the block is the first. */
  readonly flush?: { readonly sums: readonly number[]; readonly first: boolean };
}

/** The products of one channel in one block: an assembler macro. */
export interface ChannelMacro {
  readonly name: string;
  readonly steps: readonly TileStep[];
}

export interface TileBlock {
  readonly loads: readonly TileStep[];
  readonly channels: readonly {
    readonly macro: string;
    readonly acc: number;
    /** The sums do not exist yet. */
    readonly fresh: boolean;
    /** As in a load, of the macro's last. */
    readonly bytes: number;
    readonly next: string;
  }[];
}

export interface TileCode {
  readonly macros: readonly ChannelMacro[];
  /** Turns of the loop over the blocks of `body`; 0 without one. `rest` follows it. */
  readonly turns: number;
  readonly body: readonly TileBlock[];
  readonly rest: readonly TileBlock[];
  /** Bytes of the window and of the weights that are read before the last load of each. */
  readonly windowRead: number;
  readonly weightsRead: number;
  /** Instructions in all. */
  readonly instructions: number;
}

/** The code of a tile whose windows have `steps` steps of 8 inputs; `chains` are those of its 4 channels. */
export function tileCode(
  isa: TileIsa,
  positions: number,
  steps: number,
  chains: readonly Chains[],
): TileCode {
  const blocks = Math.ceil(steps / isa.blockSteps);
  const turns = blocks > isa.longest ? Math.ceil(blocks / isa.turn) - 1 : 0;
  const follows = positions > 1;
  const macros = new Map<string, ChannelMacro>();
  const kinds = [...new Set(chains)];
  const block = (index: number, first: boolean, last: boolean): TileBlock => {
    const count = Math.min(isa.blockSteps, steps - index * isa.blockSteps);
    const loads = Array.from({ length: positions }, (_, p) =>
      loadSteps(isa, isa.x(p, 0), count, `x${p}`, last && follows ? "next" : ""),
    );
    return {
      loads: loads.flat(),
      channels: chains.map((kind, acc) => {
        const macro = `${count === isa.blockSteps ? "whole" : "part"}${kinds.indexOf(kind)}`;
        if (!macros.has(macro)) macros.set(macro, { name: macro, steps: channelSteps(isa, count, kind) });
        const bytes = isa.loads(0, count).at(-1)!.steps * 8;
        return { macro, acc, fresh: first, bytes, next: last && follows && acc === 3 ? "next_w" : "" };
      }),
    };
  };
  const body = turns > 0 ? Array.from({ length: isa.turn }, (_, i) => block(i, false, false)) : [];
  const done = turns * isa.turn;
  const rest = Array.from({ length: blocks - done }, (_, i) =>
    block(done + i, done + i === 0, done + i === blocks - 1),
  );
  const lastBytes = isa.loads(0, steps - (blocks - 1) * isa.blockSteps).at(-1)!.steps * 8;
  const cost = (list: readonly TileStep[]) => list.reduce((sum, s) => sum + (s.load ? 1 : positions), 0);
  const size = (list: readonly TileBlock[]) =>
    list.reduce((sum, b) => {
      const calls = b.channels.map(({ macro }) => cost(macros.get(macro)!.steps));
      return sum + b.loads.length + calls.reduce((total, n) => total + n, 0);
    }, 0);
  return {
    macros: [...macros.values()],
    turns,
    body,
    rest,
    windowRead: steps * 8 - lastBytes,
    weightsRead: steps * 32 - lastBytes,
    instructions: turns * (size(body) + 2) + (turns > 0 ? 4 * positions + 1 : 0) + size(rest),
  };
}

function channelSteps(isa: TileIsa, count: number, chains: Chains): TileStep[] {
  const code = loadSteps(isa, isa.w(0), count, "w", "");
  const live = chains.map((chain) => chain.filter((s) => s < count)).filter((chain) => chain.length > 0);
  const pending: TileStep[] = [];
  live.forEach((chain, index) => {
    const sums = isa.partials[index % isa.partials.length];
    // With one set of registers for sums they must be added before the next chain begins.
    if (isa.partials.length === 1) code.push(...pending.splice(0));
    chain.forEach((s, i) => {
      const x = [isa.x(0, s), isa.x(1, s)];
      code.push({ multiply: { sums, w: isa.w(s), x, high: isa.high(s), first: i === 0 } });
      // Sums of the chain before are ready by now.
      if (i === 0) code.push(...pending.splice(0));
    });
    pending.push({ flush: { sums, first: index === 0 } });
  });
  return [...code, ...pending];
}

/** `next`: what advances the pointer after the last of these loads, if not their size. */
const loadSteps = (isa: TileIsa, first: number, steps: number, pointer: string, next: string): TileStep[] =>
  isa.loads(first, steps).map(({ registers, steps: count }, i, list) => {
    const last = i === list.length - 1;
    return {
      load: { registers, pointer, bytes: count * 8, next: last ? next : "", open: last && pointer === "w" },
    };
  });
