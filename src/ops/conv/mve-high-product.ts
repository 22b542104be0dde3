import { scaleOf } from "../../proof/requantize/form.js";
import { solveLine } from "../../proof/requantize/solve.js";
import type { Steps } from "../../proof/requantize/steps.js";
import type { Requantize } from "../requantize.js";
import { agrees } from "./mve-agrees.js";

/**
 * Requantization with VMULH and VQRSHRN: `y = clamp((((acc << up) + addend) * multiplier >> 32) >> down)`,
 * where the last shift rounds halves up. The shift upwards makes room for the addend's fraction; bias and zero
 * points are in the addend. Not VQSHRN: GNU as 2.40 assembles it as VQRSHRN.
 */
export interface HighProductForm {
  readonly kind: "highProduct";
  /** Both shifts are the same for all channels: a scalar operand and an immediate. */
  readonly up: number;
  readonly down: number;
  readonly multipliers: Int32Array;
  /** For the complete accumulator. */
  readonly addends: Int32Array;
}

/** The form if it is proven for all channels. */
export function findHighProduct(to: Requantize, steps: readonly Steps[]): HighProductForm | undefined {
  const geometry = geometryOf(to, steps);
  if (!geometry) return undefined;
  const { up, down } = geometry;
  const multipliers = new Int32Array(steps.length);
  const addends = new Int32Array(steps.length);
  for (let channel = 0; channel < steps.length; channel++) {
    const pair = solvePair(to, channel, steps[channel], up, down);
    if (!pair || !proven(to, channel, steps[channel], up, down, pair)) return undefined;
    multipliers[channel] = pair.multiplier;
    addends[channel] = pair.addend;
  }
  return { kind: "highProduct", up, down, multipliers, addends };
}

/** As much of 32 bits as the accumulators, with the zero point's share, leave for a fraction. */
function geometryOf(to: Requantize, steps: readonly Steps[]): { up: number; down: number } | undefined {
  let largest = 1;
  let scale = 0;
  steps.forEach(({ at, range }, channel) => {
    if (at.length === 0) return;
    const zero = (Math.abs(to.zeroPoint) + 1) / scaleOf(to, channel);
    largest = Math.max(largest, Math.abs(range.min) + zero, Math.abs(range.max) + zero);
    scale = Math.max(scale, scaleOf(to, channel));
  });
  if (scale === 0) return undefined;
  const up = Math.min(20, 30 - Math.floor(Math.log2(largest + 1)));
  // scale * 2^(32 + down - up) must stay below 2^31, with 1/1024 for the search.
  const down = Math.min(16, up - 32 + Math.floor(Math.log2((2 ** 31 - 2 ** 21) / scale)));
  return up < 0 || down < 1 ? undefined : { up, down };
}

interface Pair {
  readonly multiplier: number;
  readonly addend: number;
}

function solvePair(
  to: Requantize,
  channel: number,
  steps: Steps,
  up: number,
  down: number,
): Pair | undefined {
  const shift = 32 + down - up;
  if (shift < 1 || shift > 50) return undefined;
  if (steps.at.length === 0) return constantPair(to, channel, steps, up, down);
  const start = scaleOf(to, channel) * 2 ** shift;
  const line = solveLine(steps, to, channel, {
    shift,
    maxMultiplier: 2 ** 31 - 1,
    slack: Math.ceil(start / 2 ** up),
  });
  if (!line || line.multiplier < 1) return undefined;
  // The addend counts 2^-up accumulators: the middle of what the line allows.
  const middle = (line.low + line.high - (1n << BigInt(shift))) << BigInt(up);
  return { multiplier: line.multiplier, addend: Number(middle / BigInt(2 * line.multiplier)) };
}

/** A channel whose output never changes: by its own scale where the clamp holds it, or because nothing varies. */
function constantPair(to: Requantize, channel: number, steps: Steps, up: number, down: number): Pair {
  const { range, first } = steps;
  if (range.min === range.max) {
    // first * 2^(2 + down) * 2^30 >> 32 is first * 2^down.
    return { multiplier: 2 ** 30, addend: first * 2 ** (2 + down) - range.min * 2 ** up };
  }
  const scale = scaleOf(to, channel);
  const multiplier = Math.min(Math.max(1, Math.round(scale * 2 ** (32 + down - up))), 2 ** 31 - 1);
  return { multiplier, addend: Math.round((to.zeroPoint / scale) * 2 ** up) };
}

/** Whether the pair fits its types and gives the float form's outputs. */
function proven(
  to: Requantize,
  channel: number,
  steps: Steps,
  up: number,
  down: number,
  pair: Pair,
): boolean {
  const { range } = steps;
  const { multiplier, addend } = pair;
  const fits = (n: number) => n >= -(2 ** 31) && n < 2 ** 31;
  if (!Number.isInteger(addend) || !fits(addend)) return false;
  if (!fits(range.min * 2 ** up + addend) || !fits(range.max * 2 ** up + addend)) return false;
  const [high, low] = [Math.floor(multiplier / 2 ** 16), multiplier % 2 ** 16];
  return agrees(to, channel, steps, (acc) => {
    const sum = acc * 2 ** up + addend;
    // floor(sum * multiplier / 2^32) in steps that float64 holds.
    const product = Math.floor((sum * high + Math.floor((sum * low) / 2 ** 16)) / 2 ** 16);
    return Math.round(product / 2 ** down);
  });
}
