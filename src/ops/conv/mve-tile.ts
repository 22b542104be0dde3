import type { GemmRows } from "./gemm-rows.js";
import type { Plane } from "./regions.js";

/** Even registers that VMLADAVA can accumulate in: all but those of the first positions' pointers. */
export const accumulators = ["r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr"];
const windowPointers = ["r1", "r3", "r5", "r7"];
/** Steps of 16 inputs that an immediate offset reaches, 16 * -7 to 16 * 7. */
export const longestUnroll = 15;
/** Steps in one turn of the loop over longer windows. */
const turnSteps = 8;

const list = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

/**
 * Registers and offsets of templates/ops/conv/mve-gemm-sums: `height` positions by `width` channels, whose
 * weights go through the given vectors. Accumulator p * width + w is that of position p and channel w.
 */
export function tileValues(
  steps: number,
  height: number,
  width: number,
  weightVector: (w: number) => number,
) {
  const looped = steps > longestUnroll;
  const center = looped || steps <= 8 ? 0 : 16 * (steps - 8);
  const rest = looped ? ((steps - 1) % turnSteps) + 1 : steps;
  return {
    height,
    center,
    looped,
    first: looped ? "" : -center,
    /** The steps after the first: their offsets, or as many as there are. */
    others: list(rest - 1, (i) => (looped ? i : 16 * (i + 1) - center)).join(","),
    turn: list(turnSteps, (i) => i).join(","),
    turns: (steps - rest) / turnSteps,
    pointers: windowPointers.slice(0, height).map((register, p) => ({ register, vector: p })),
    following: list(height - 1, (i) => ({ register: windowPointers[i + 1], previous: windowPointers[i] })),
    channels: list(width, (w) => ({
      vector: weightVector(w),
      products: list(height, (p) => ({ sum: accumulators[p * width + w], vector: p })),
    })),
    rewind: steps * 16,
  };
}

/** Instructions of the sums of a tile. */
export function tileCost(steps: number, height: number, width: number): number {
  const loop = steps > longestUnroll ? 4 + height + Math.floor((steps - 1) / turnSteps) * 2 : 0;
  return steps * (height + width + height * width) + loop;
}

/** Positions of the separate runs: those gathered before the windows read in place, these, and those after. */
const runsOf = ({ direct, positions }: GemmRows): number[] =>
  direct ? [direct.from, direct.to - direct.from, positions - direct.to] : [positions];

/** Numbers of positions that occur in a block, the most first. */
export function heightsOf(rows: GemmRows, height: number): number[] {
  const heights = runsOf(rows).flatMap((n) => [n >= height ? height : 0, n % height]);
  return [...new Set(heights)].filter((n) => n > 0).sort((a, b) => b - a);
}

/** Instructions of all positions, where a block of `height` of them takes `block(height)`; gathering is estimated. */
export function runsCost(
  { kernelHeight, kernelWidth, channels }: Plane,
  rows: GemmRows,
  height: number,
  block: (height: number) => number,
): number {
  const perRun = runsOf(rows).map(
    (n) => Math.floor(n / height) * block(height) + (n % height > 0 ? block(n % height) : 0),
  );
  const gathered = rows.positions - (rows.direct ? rows.direct.to - rows.direct.from : 0);
  const window = kernelHeight * (14 + Math.ceil((kernelWidth * channels) / 16) * 3) + 16;
  return rows.batch * rows.rows * (perRun.reduce((sum, n) => sum + n, 20) + gathered * window);
}
