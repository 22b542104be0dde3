import { type Requantize, requantize } from "../../ops/requantize.js";
import { Evaluator } from "./evaluate.js";
import { type FixedForm, type Guard, scaleOf } from "./form.js";
import { proveRequantize } from "./prove.js";
import type { AccumulatorRange } from "./range.js";
import { type Line, solveLine } from "./solve.js";
import { findSteps, type Steps } from "./steps.js";

/** How products are cut: see `FixedForm`. */
interface Geometry {
  readonly kind: FixedForm["kind"];
  readonly unit: number;
  readonly shift: number;
  readonly maxMultiplier: number;
}

/**
 * Searches a proven fixed-point form of the wanted kind for all channels of a layer. Channels that no line
 * fits get the guard, if that lets at most `escapes` of the outputs through. Undefined if some channel
 * cannot be had with a shift that all share, and for outputs of more than 256 values, whose steps would be
 * too many to look at.
 */
export function findFixedForm(
  kind: FixedForm["kind"],
  to: Requantize,
  ranges: readonly AccumulatorRange[],
  escapes: number,
): FixedForm | undefined {
  const geometry = kind === "fixed64" ? wideGeometry(to, ranges) : splitGeometry(to, ranges);
  if (!geometry || to.max - to.min > 255) return undefined;
  const steps: Steps[] = [];
  const lines: (Line | undefined)[] = [];
  for (let channel = 0; channel < ranges.length; channel++) {
    steps.push(findSteps(to, channel, ranges[channel]));
    lines.push(fitLine(steps[channel], to, channel, geometry));
    if (!lines[channel] && escapes === 0) return undefined;
  }
  const guards = lines.includes(undefined) ? possibleGuards(lines, steps, to, geometry) : [undefined];
  for (const guard of guards) {
    if (guard && 2 ** (guard.from - guard.to) > escapes) continue;
    const form: FixedForm = {
      kind,
      unit: geometry.unit,
      shift: geometry.shift,
      multipliers: new Int32Array(lines.length),
      addends: new BigInt64Array(lines.length),
      exact: Uint8Array.from(lines, (line) => (line ? 1 : 0)),
      ...(guard ? { guard } : {}),
    };
    const fits = steps.every((channelSteps, channel) => {
      const line = lines[channel] ?? fitLine(channelSteps, to, channel, geometry, guard);
      if (!line) return false;
      form.multipliers[channel] = line.multiplier;
      form.addends[channel] = (line.low + line.high + 1n - (1n << BigInt(geometry.unit))) >> 1n;
      return (
        proveRequantize(form, to, channel, ranges[channel], channelSteps) &&
        (lines[channel] !== undefined || shareEscaping(form, channel, channelSteps) <= escapes)
      );
    });
    if (fits) return form;
  }
  return undefined;
}

/**
 * The share of accumulators that escape between the first and the last step, by 1024 samples. Scales with
 * few mantissa bits have far more ties than evenly spread fractions would; an odd stride meets them all.
 */
function shareEscaping(form: FixedForm, channel: number, { at }: Steps): number {
  const line = new Evaluator(form, channel);
  const samples = 1024;
  const stride = 2 * Math.floor((at[at.length - 1] - at[0]) / samples / 2) + 1;
  let escaping = 0;
  for (let i = 0; i < samples; i++) if (line.escapes(at[0] + i * stride)) escaping++;
  return escaping / samples;
}

/** The largest scale among channels whose output varies; it bounds the shift that all of them share. */
function largestScale(to: Requantize, ranges: readonly AccumulatorRange[]): number {
  const varies = (channel: number) =>
    requantize(ranges[channel].min, channel, to) < requantize(ranges[channel].max, channel, to);
  return ranges.reduce((max, _, channel) => (varies(channel) ? Math.max(max, scaleOf(to, channel)) : max), 0);
}

/**
 * As much shift as int32 multipliers allow: a line with a smaller shift is also one with a larger.
 * 50 bits suffice for any scale that has a step in int32, and keep the search exact in float64.
 */
function wideGeometry(to: Requantize, ranges: readonly AccumulatorRange[]): Geometry | undefined {
  const room = 61 - Math.ceil(Math.log2(to.max - to.min + Math.abs(to.zeroPoint) + 2));
  // Leaves the search 1/1024 above the real multiplier.
  const widest = Math.floor(Math.log2((2 ** 31 - 2 ** 21) / largestScale(to, ranges)));
  const shift = Math.min(50, room, widest);
  return shift < 1 ? undefined : { kind: "fixed64", unit: 0, shift, maxMultiplier: 2 ** 31 - 1 };
}

/**
 * Shares 32 bits between the multiplier and the part of the accumulator it is multiplied by first, after
 * leaving room above for outputs that have not been clamped yet.
 */
function splitGeometry(to: Requantize, ranges: readonly AccumulatorRange[]): Geometry | undefined {
  const scale = largestScale(to, ranges);
  if (scale === 0) return { kind: "split32", unit: 1, shift: 8, maxMultiplier: 1 };
  const largest = ranges.reduce((max, { min, max: top }, channel) => {
    const reach = Math.max(Math.abs(min), Math.abs(top)) * scaleOf(to, channel);
    return Math.max(max, reach + Math.abs(to.zeroPoint) + 2);
  }, 0);
  const shift = 31 - Math.ceil(Math.log2(largest));
  // The multiplier takes shift + unit + log2(scale) bits of the 32 - unit there are.
  const unit = Math.min(Math.floor((32 - shift - Math.log2(scale * (1 + 2 ** -10))) / 2), 50 - shift);
  if (shift < 1 || unit < 1) return undefined;
  return { kind: "split32", unit, shift, maxMultiplier: 2 ** Math.min(32 - unit, 31) - 1 };
}

function fitLine(
  steps: Steps,
  to: Requantize,
  channel: number,
  geometry: Geometry,
  guard?: Guard,
): Line | undefined {
  const { unit, shift, maxMultiplier } = geometry;
  // The guard looks at a window above each step: a line may cross anywhere inside it.
  const window = guard ? 2 ** (guard.from + unit) : 0;
  const line = solveLine(steps, to, channel, {
    shift: unit + shift,
    maxMultiplier,
    slack: 2 ** unit - 1 - window,
  });
  return line && { ...line, high: line.high + BigInt(window) };
}

/**
 * Guards that may serve, most selective first. Each looks at one 32-bit word: the upper bits of the
 * fraction of `high`, which is what the shift drops, or with a long product also the bits below 32.
 */
function possibleGuards(
  lines: readonly (Line | undefined)[],
  steps: readonly Steps[],
  to: Requantize,
  geometry: Geometry,
): Guard[] {
  const { kind, shift } = geometry;
  let from = 1;
  for (let channel = 0; channel < lines.length; channel++) {
    while (!lines[channel] && from < shift) {
      if (fitLine(steps[channel], to, channel, geometry, { from, to: shift })) break;
      from++;
    }
  }
  if (kind === "split32" || shift <= 32) return [{ from, to: shift }];
  const upper = { from: Math.max(from, 32), to: shift };
  const lower = { from, to: 32 };
  return lower.to - lower.from > upper.to - upper.from ? [lower, upper] : [upper, lower];
}
