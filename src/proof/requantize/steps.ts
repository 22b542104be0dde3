import { type Requantize, requantize } from "../../ops/requantize.js";
import type { AccumulatorRange } from "./range.js";

/**
 * Requantization of one channel over its reachable accumulators, as the staircase it is: the output is
 * `first` from `range.min` on, and `at[i]` is the smallest accumulator whose output is at least
 * `first + 1 + i`. The staircase is complete, so two forms that agree on both sides of every step agree
 * everywhere.
 */
export interface Steps {
  readonly range: AccumulatorRange;
  readonly first: number;
  readonly at: Int32Array;
}

/**
 * Finds the steps of a channel: at most `to.max - to.min` of them. Requantization never decreases with
 * the accumulator, since both float32 operations, the rounding and the clamp are monotone, so each step
 * is found by bisection around where real arithmetic would put it.
 */
export function findSteps(to: Requantize, channel: number, range: AccumulatorRange): Steps {
  const scale = to.scales.length === 1 ? to.scales[0] : to.scales[channel];
  const first = requantize(range.min, channel, to);
  const last = requantize(range.max, channel, to);
  const at = new Int32Array(last - first);
  let from = range.min;
  for (let i = 0; i < at.length; i++) {
    const level = first + 1 + i - to.zeroPoint;
    // Float32 rounding leaves most steps where they are.
    const real = Math.ceil((level - 0.5) / scale);
    const there =
      real > from && real <= range.max && reaches(real, level, scale) && !reaches(real - 1, level, scale);
    from = there ? real : smallestReaching(level, scale, from, range.max);
    at[i] = from;
  }
  return { range, first, at };
}

/** Whether an accumulator rounds to `level` or more, zero point aside: halves go to the even level. */
function reaches(acc: number, level: number, scale: number): boolean {
  const scaled = Math.fround(Math.fround(acc) * scale);
  const half = level - 0.5;
  return scaled > half || (scaled === half && level % 2 === 0);
}

/** The smallest accumulator in [low, high] that reaches `level`. `high` does. */
function smallestReaching(level: number, scale: number, low: number, high: number): number {
  let no = low - 1;
  let yes = high;
  while (no + 1 < yes) {
    const middle = Math.floor((no + yes) / 2);
    if (reaches(middle, level, scale)) yes = middle;
    else no = middle;
  }
  return yes;
}
