import { chooseRequantize } from "../../proof/requantize/choose.js";
import { scaleOf } from "../../proof/requantize/form.js";
import type { AccumulatorRange } from "../../proof/requantize/range.js";
import { solveLine } from "../../proof/requantize/solve.js";
import { findSteps, type Steps } from "../../proof/requantize/steps.js";
import { type Requantize, requantize } from "../requantize.js";

/**
 * Requantization with VMULH and VQRSHRN: `y = clamp((((acc << up) + addend) * multiplier >> 32) >> down)`,
 * where the last shift rounds halves up. The shift upwards makes room for the addend's fraction; bias and zero
 * points are in the addend. Not VQSHRN: GNU as 2.40 assembles it as VQRSHRN.
 */
interface HighProductForm {
  readonly kind: "highProduct";
  /** Both shifts are the same for all channels: a scalar operand and an immediate. */
  readonly up: number;
  readonly down: number;
  readonly multipliers: Int32Array;
  /** For the complete accumulator. */
  readonly addends: Int32Array;
}

/**
 * float32 with one rounding: `acc * scale + (1.5 * 2^23 + zero point)` has integer steps, and its low half is
 * the output before it saturates. Rounds once where the reference rounds twice: proven for
 * a scale of each channel that may differ in its last bits.
 */
interface FusedForm {
  readonly kind: "fused";
  readonly scales: Float32Array;
}

/**
 * float32 with both roundings, the second by adding 1.5 * 2^23 and the zero point, which must be even so that
 * ties stay even.
 */
interface AddedForm {
  readonly kind: "added";
}

/**
 * float32 vectors. Helium flushes denormals, which cannot be seen: integers convert to normal numbers or 0,
 * and a scale or product that is denormal stands for a number far below 0.5, which rounds to 0 either way.
 */
interface VectorFloatForm {
  readonly kind: "float";
}

export interface MveRequantize {
  readonly form: HighProductForm | FusedForm | AddedForm | VectorFloatForm;
  readonly note: string;
  /** Beyond the saturation to int8. */
  readonly clamp: boolean;
}

/** The high product if it is proven for all channels, else the fused product if that is, else float32. */
export function chooseMveRequantize(to: Requantize, ranges: readonly AccumulatorRange[]): MveRequantize {
  const steps = ranges.map((range, channel) => findSteps(to, channel, range));
  const { clampsLow, clampsHigh, largestScaled, note } = chooseRequantize({
    to,
    ranges,
    available: ["float"],
  });
  const clamp = (clampsLow && to.min > -128) || (clampsHigh && to.max < 127);
  const form = findHighProduct(to, steps);
  if (form)
    return { form, clamp, note: `requant: ${ranges.length}/${ranges.length} channels fixed-point, proven` };
  // The low half of the sum must hold the output.
  const narrow = largestScaled + 130 < 2 ** 15;
  const scales = narrow ? fusedScales(to, steps) : undefined;
  if (scales)
    return {
      form: { kind: "fused", scales },
      clamp,
      note: `requant: ${ranges.length} channels by VFMAS, proven`,
    };
  return { form: { kind: narrow && to.zeroPoint % 2 === 0 ? "added" : "float" }, clamp, note };
}

/** Scales near the layer's own, one for each channel, with which the fused product is proven. */
function fusedScales(to: Requantize, steps: readonly Steps[]): Float32Array | undefined {
  const scales = new Float32Array(steps.length);
  const bits = new Int32Array(scales.buffer);
  for (let channel = 0; channel < steps.length; channel++) {
    scales[channel] = scaleOf(to, channel);
    const own = bits[channel];
    const fits = neighbours.some((move) => {
      bits[channel] = Math.max(0, own + move);
      const scale = scales[channel];
      return agrees(to, channel, steps[channel], (acc) => fusedOutput(acc, scale, to.zeroPoint));
    });
    if (!fits) return undefined;
  }
  return scales;
}

/** In units of the last place, nearest first. */
const neighbours = Array.from({ length: 129 }, (_, i) => (i % 2 === 0 ? i / 2 : -(i + 1) / 2));

/** Before it saturates. The product of two float32 is exact in float64. */
function fusedOutput(acc: number, scale: number, zeroPoint: number): number {
  const product = Math.fround(acc) * scale;
  const below = Math.floor(product);
  const rest = product - below;
  // A tie goes to the even sum with the zero point, not to the even product.
  const up = rest === 0.5 ? (below + zeroPoint) % 2 !== 0 : rest > 0.5;
  return below + (up ? 1 : 0) + zeroPoint;
}

function findHighProduct(to: Requantize, steps: readonly Steps[]): HighProductForm | undefined {
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

/**
 * Whether a form that never decreases gives the float form's output, which does not either, at both ends of
 * every interval between its steps. Then they agree everywhere between, too.
 */
function agrees(
  to: Requantize,
  channel: number,
  { range, at }: Steps,
  form: (acc: number) => number,
): boolean {
  const output = (acc: number) => Math.min(Math.max(form(acc), to.min), to.max);
  let start = range.min;
  for (let i = 0; i <= at.length; i++) {
    const end = i < at.length ? at[i] - 1 : range.max;
    if (end < start) continue;
    const value = requantize(start, channel, to);
    if (requantize(end, channel, to) !== value || output(start) !== value || output(end) !== value)
      return false;
    start = end + 1;
  }
  return start === range.max + 1;
}

/** Channel of lane i in vector v of 16 channels: narrowing twice to bottom and top lanes puts them in order. */
export const laneChannel = (v: number, i: number): number => 4 * i + [0, 2, 1, 3][v];

/** The two words of each channel: addend for sums that leave `offsets` out, and multiplier; or bias and scale. */
export function requantizeWords(
  { form }: MveRequantize,
  to: Requantize,
  offsets: Int32Array,
): { readonly addends: Int32Array; readonly factors: Int32Array } {
  if (form.kind === "highProduct") {
    const addends = form.addends.map((addend, o) => (addend + Math.imul(offsets[o], 2 ** form.up)) | 0);
    return { addends, factors: form.multipliers };
  }
  const scales =
    form.kind === "fused" ? form.scales : Float32Array.from(offsets, (_, channel) => scaleOf(to, channel));
  return { addends: offsets, factors: new Int32Array(scales.buffer, 0, offsets.length) };
}

/** 1.5 * 2^23 as float32: numbers this large are integers. */
const roundingBits = 0x4b400000;

/** Parameters of the requantization in the templates. */
export function requantizeValues({ form, clamp }: MveRequantize, to: Requantize) {
  const scalar = {
    highProduct: () => 2 ** (form as HighProductForm).up,
    fused: () => roundingBits + to.zeroPoint,
    added: () => roundingBits + to.zeroPoint,
  };
  const word = form.kind === "float" ? 0 : scalar[form.kind]();
  return {
    fixed: form.kind === "highProduct",
    fused: form.kind === "fused",
    added: form.kind === "added",
    float: form.kind === "float",
    /** The scalar operand of VMLA, VFMAS or VADD in two halves. */
    scalarLow: word & 0xffff,
    scalarHigh: word >>> 16,
    down: form.kind === "highProduct" ? form.down : 0,
    zeroPoint: to.zeroPoint,
    clamp,
    min: to.min,
    max: to.max,
  };
}
