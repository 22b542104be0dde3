import type { Requantize } from "../../ops/requantize.js";
import { scaleOf } from "./form.js";
import type { Steps } from "./steps.js";

/** Multiplier and addend of `(acc * multiplier + addend) >> shift`, for one channel. */
export interface Line {
  readonly multiplier: number;
  /** Any addend from `low` to `high` gives the same outputs. */
  readonly low: bigint;
  readonly high: bigint;
}

/** What a fixed-point form allows. */
export interface LineLimits {
  /** Total right shift, 1 to 50. */
  readonly shift: number;
  /** Largest multiplier, below 2^31. */
  readonly maxMultiplier: number;
  /**
   * `high - low` must be at least this. 2^k - 1 keeps a multiple of 2^k in reach; a negative number lets
   * the line miss steps by as much.
   */
  readonly slack: number;
}

/**
 * Finds multiplier and addend so that `clamp((acc * multiplier + addend) >> shift, min, max)` has exactly
 * the given steps, or undefined if no multiplier within the limits has.
 *
 * A step to output k at accumulator t asks that `t * M + C >= k * 2^shift` and, one below,
 * `(t - 1) * M + C < k * 2^shift`. For a given M the addends that pass are those between the largest
 * lower and the smallest upper bound. The room between, as a function of M, is the minimum of straight
 * lines: wherever it is too small, the two bounds in conflict also bound M from one side. Following these
 * cuts from the real-number multiplier ends at a feasible M or proves that there is none.
 */
export function solveLine(
  steps: Steps,
  to: Requantize,
  channel: number,
  limits: LineLimits,
): Line | undefined {
  const { shift, maxMultiplier, slack } = limits;
  if (steps.at.length === 0) {
    const low = BigInt(steps.first) << BigInt(shift);
    return { multiplier: 0, low, high: low + (1n << BigInt(shift)) - 1n };
  }
  const start = Math.min(Math.max(Math.round(scaleOf(to, channel) * 2 ** shift), 1), maxMultiplier);
  const bounds = boundsOf(steps, to, start, shift);
  const { rest, run } = bounds;
  // Beyond this, M would move the outermost step by more than rounding can have; products stay below 2^53.
  const reach = Math.floor(2 ** 51 / Math.max(1, bounds.longest));
  let from = Math.max(1 - start, -reach);
  let until = Math.min(maxMultiplier - start, reach);
  let move = 0;
  while (from <= until) {
    const [a, b] = tightest(bounds, move);
    const missing = rest[a] - rest[b] - start + 1 + slack;
    const slope = 1 + run[a] - run[b];
    if (missing <= move * slope) return lineThrough(bounds, start + move, a, b, shift);
    if (slope === 0) return undefined;
    if (slope > 0) move = from = Math.ceil(missing / slope);
    else move = until = Math.floor(missing / slope);
  }
  return undefined;
}

/**
 * The conditions on a line, each through a point (accumulator, level). Entries up to `count` are the
 * steps, which bound the addend from both sides. Entry `count` bounds it from below and `count + 1` from
 * above: the ends of the range where the clamp does not take care of them, else the first step again.
 */
interface Bounds {
  readonly count: number;
  /** Accumulators, counted from `origin`. */
  readonly run: number[];
  readonly origin: number;
  readonly level: number[];
  /** How far each point lies from the line of slope `start` that real arithmetic would give. */
  readonly rest: number[];
  /** Distance of the farthest accumulator from the origin. */
  readonly longest: number;
}

function boundsOf(steps: Steps, to: Requantize, start: number, shift: number): Bounds {
  const { range, first, at } = steps;
  const count = at.length;
  const last = first + count;
  const origin = at[0];
  const size = count + 2;
  const run = new Array<number>(size);
  const level = new Array<number>(size);
  for (let i = 0; i < count; i++) {
    run[i] = at[i] - origin;
    level[i] = first + 1 + i;
  }
  run[count] = first > to.min ? range.min - origin : 0;
  level[count] = first > to.min ? first : first + 1;
  run[count + 1] = last < to.max ? range.max + 1 - origin : 0;
  level[count + 1] = last < to.max ? last + 1 : first + 1;

  // `(level - 0.5 - zeroPoint) * 2^shift - acc * start` is small while its two terms may pass 2^53, so
  // their upper parts are subtracted first. That keeps it exact.
  const cut = 2 ** Math.min(16, shift - 1);
  const low = start % cut;
  const high = (start - low) / cut;
  const half = 2 ** (shift - 1) / cut;
  const rest = new Array<number>(size);
  for (let i = 0; i < size; i++) {
    const acc = run[i] + origin;
    rest[i] = ((2 * (level[i] - to.zeroPoint) - 1) * half - acc * high) * cut - acc * low;
  }
  return { count, run, origin, level, rest, longest: Math.max(run[count - 1], -run[count], run[count + 1]) };
}

/** The largest lower and the smallest upper bound when the multiplier is `move` above the start. */
function tightest({ count, run, rest }: Bounds, move: number): [number, number] {
  let a = count;
  let b = count + 1;
  let high = rest[a] - run[a] * move;
  let low = rest[b] - run[b] * move;
  for (let i = 0; i < count; i++) {
    const value = rest[i] - run[i] * move;
    if (value > high) {
      high = value;
      a = i;
    }
    if (value < low) {
      low = value;
      b = i;
    }
  }
  return [a, b];
}

function lineThrough(bounds: Bounds, multiplier: number, a: number, b: number, shift: number): Line {
  const { run, origin, level } = bounds;
  const addend = (i: number) =>
    (BigInt(level[i]) << BigInt(shift)) - BigInt(run[i] + origin) * BigInt(multiplier);
  return { multiplier, low: addend(a), high: addend(b) - 1n + BigInt(multiplier) };
}
