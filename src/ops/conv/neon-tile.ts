import { chainHolds } from "./neon-chain.js";

/**
 * The inner loop of the NEON GEMM: 1 or 2 positions x 4 output channels, each vector multiplication 8
 * products that lie along K. A chain of them accumulates in 16 bits, then adds its lanes in pairs to the
 * 32-bit sums of its position and channel. Activations of a block of K stay in registers while the four
 * channels' weights pass by; the weights of a tile are stored in the order of these loads.
 */
export interface TileIsa {
  /** Steps of 8 inputs in a block. */
  readonly blockSteps: number;
  /** Steps that are unrolled at most, and those in one turn of the loop for longer windows. */
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
  longest: 32,
  turn: 16,
  partials: [[14, 15]],
  x: (p, s) => 16 + 4 * p + s,
  w: (s) => 24 + s,
  high: () => false,
  loads: (first, steps) => [{ registers: range(steps, (i) => `d${first + i}`), steps }],
};

export const aarch64: TileIsa = {
  blockSteps: 8,
  longest: 32,
  turn: 16,
  partials: [
    [28, 29],
    [30, 31],
  ],
  x: (p, s) => 16 + 4 * p + (s >> 1),
  w: (s) => 24 + (s >> 1),
  high: (s) => s % 2 === 1,
  loads(first, steps) {
    const whole = { registers: range(steps >> 1, (i) => `v${first + i}.16b`), steps: steps - (steps % 2) };
    const half = { registers: `v${first + (steps >> 1)}.8b`, steps: 1 };
    return [...(steps > 1 ? [whole] : []), ...(steps % 2 === 1 ? [half] : [])];
  },
};

const range = (count: number, name: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => name(i)).join(", ");

/** One instruction: exactly one of the fields is there. */
export interface TileStep {
  /** Advances the pointer by `bytes`; the last load by the operand `next` instead, if there is one. */
  readonly load?: {
    readonly registers: string;
    readonly pointer: string;
    readonly bytes: number;
    readonly next: string;
  };
  /** `first` of its chain: does not accumulate. */
  readonly multiply?: {
    readonly to: number;
    readonly x: number;
    readonly w: number;
    readonly high: boolean;
    readonly first: boolean;
  };
  /** `first` of its sum: does not accumulate. */
  readonly flush?: { readonly to: number; readonly from: number; readonly first: boolean };
}

export interface TileCode {
  /** Turns of the loop over `body`; 0 without one. `rest` follows it. */
  readonly turns: number;
  readonly body: readonly TileStep[];
  readonly rest: readonly TileStep[];
  /** Bytes of the window and of the weights that are read before the last load of each. */
  readonly windowRead: number;
  readonly weightsRead: number;
}

/** How the steps of a block divide into 16-bit chains; steps beyond the end of the window drop out. */
export type Chains = readonly (readonly number[])[];

/** The code of one tile whose windows have `steps` steps of 8 inputs. */
export function tileCode(isa: TileIsa, positions: number, steps: number, chains: Chains): TileCode {
  const turns = steps > isa.longest ? Math.ceil(steps / isa.turn) - 1 : 0;
  const body = turns > 0 ? tileSteps(isa, positions, isa.turn, chains, false) : [];
  const rest = tileSteps(isa, positions, steps - turns * isa.turn, chains, turns === 0);
  const windowRead = steps * 8 - lastLoad(rest, "x0");
  const weightsRead = steps * 32 - lastLoad(rest, "w");
  return { turns, body, rest: openLastLoads(rest, positions > 1), windowRead, weightsRead };
}

const isLoad = (step: TileStep, pointer: string) => step.load?.pointer === pointer;

const lastLoad = (steps: readonly TileStep[], pointer: string): number =>
  steps.findLast((step) => isLoad(step, pointer))!.load!.bytes;

/** Lets the last load from each pointer step to the next tile, or if none follows, leave it. */
function openLastLoads(steps: readonly TileStep[], follows: boolean): TileStep[] {
  const last = ["x0", "x1", "w"].map((pointer) => steps.findLastIndex((step) => isLoad(step, pointer)));
  return steps.map((step, i) => {
    if (!last.includes(i)) return step;
    const next = !follows ? "" : step.load!.pointer === "w" ? "next_w" : "next";
    return { load: { ...step.load!, bytes: 0, next } };
  });
}

function tileSteps(
  isa: TileIsa,
  positions: number,
  steps: number,
  chains: Chains,
  fresh: boolean,
): TileStep[] {
  const code: TileStep[] = [];
  const started = new Set<number>();
  const pending: TileStep[] = [];
  let turn = 0;
  for (let from = 0; from < steps; from += isa.blockSteps) {
    const count = Math.min(isa.blockSteps, steps - from);
    for (let p = 0; p < positions; p++) code.push(...loads(isa, isa.x(p, 0), count, `x${p}`));
    for (let c = 0; c < 4; c++) {
      code.push(...loads(isa, isa.w(0), count, "w"));
      for (const chain of chains) {
        const live = chain.filter((s) => s < count);
        if (live.length === 0) continue;
        const partials = isa.partials[turn++ % isa.partials.length];
        live.forEach((s, i) => {
          for (let p = 0; p < positions; p++) {
            const multiply = {
              to: partials[p],
              x: isa.x(p, s),
              w: isa.w(s),
              high: isa.high(s),
              first: i === 0,
            };
            code.push({ multiply });
          }
          // Sums of the chain before are ready by now.
          if (i === 0) code.push(...pending.splice(0));
        });
        for (let p = 0; p < positions; p++) {
          const to = 4 * p + c;
          pending.push({ flush: { to, from: partials[p], first: fresh && !started.has(to) } });
          started.add(to);
        }
        if (isa.partials.length === 1) code.push(...pending.splice(0));
      }
    }
  }
  return [...code, ...pending];
}

const loads = (isa: TileIsa, first: number, steps: number, pointer: string): TileStep[] =>
  isa
    .loads(first, steps)
    .map((load) => ({ load: { registers: load.registers, pointer, bytes: load.steps * 8, next: "" } }));

const single: Chains = [[0], [1], [2], [3], [4], [5], [6], [7]];
const pairs: Chains = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
];
const triples: Chains = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7],
];
const fours: Chains = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
];
const one: Chains = [[0, 1, 2, 3, 4, 5, 6, 7]];

/** Chains of a block from deep to shallow. The last holds any weights. */
export const chainMenu = (isa: TileIsa): readonly Chains[] =>
  isa.blockSteps === 4 ? [fours, pairs, single] : [one, fours, triples, pairs, single];

/**
 * Whether 16 bits hold every partial sum of the chains, whatever the activations, for the `channels`
 * output channels from `first` on with `depth` weights each.
 */
export function chainsHold(
  isa: TileIsa,
  chains: Chains,
  weights: Int8Array,
  depth: number,
  first: number,
  channels: number,
): boolean {
  for (let channel = first; channel < first + channels; channel++) {
    for (let from = 0; from < depth; from += isa.blockSteps * 8) {
      for (const chain of chains) {
        for (let lane = 0; lane < 8; lane++) {
          let positive = 0;
          let negative = 0;
          for (const step of chain) {
            const k = from + step * 8 + lane;
            const w = k < depth ? weights[channel * depth + k] : 0;
            if (w > 0) positive += w;
            else negative -= w;
          }
          if (!chainHolds(positive, negative)) return false;
        }
      }
    }
  }
  return true;
}
