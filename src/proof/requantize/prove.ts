import { type Requantize, requantize } from "../../ops/requantize.js";
import { Evaluator } from "./evaluate.js";
import type { FixedForm } from "./form.js";
import type { AccumulatorRange } from "./range.js";
import { findSteps, type Steps } from "./steps.js";

/**
 * Whether a channel of a fixed-point form gives exactly the output of the float form for every
 * accumulator in the range, escapes through the guard aside.
 *
 * Both forms never decrease. Between two steps the float form gives the same value at both ends, and so
 * it does everywhere between; if the fixed-point form gives that value at both ends, it does too. This
 * holds for any division of the range into intervals whose ends are checked, so the argument does not
 * rest on the search that found the steps. With a guard, each end moves inwards over the accumulators
 * that escape.
 */
export function proveRequantize(
  form: FixedForm,
  to: Requantize,
  channel: number,
  range: AccumulatorRange,
  steps: Steps = findSteps(to, channel, range),
): boolean {
  const multiplier = form.multipliers[channel];
  if (multiplier < 0 || (form.kind === "split32" && multiplier >= 2 ** (32 - form.unit))) return false;
  const addend = form.addends[channel];
  if (!proveAddend(form, to, channel, range, steps, addend)) return false;
  if (form.kind === "fixed64") return true;
  // Offsets are folded to a multiple of 2^unit: the line is monotone in the addend, so its ends suffice.
  return proveAddend(form, to, channel, range, steps, addend + (1n << BigInt(form.unit)) - 1n);
}

/** A guard that lets this many neighbouring accumulators escape is not worth having. */
const longestEscape = 256;

function proveAddend(
  form: FixedForm,
  to: Requantize,
  channel: number,
  range: AccumulatorRange,
  steps: Steps,
  addend: bigint,
): boolean {
  const line = new Evaluator(form, channel, addend);
  if (!line.fits(range.min) || !line.fits(range.max)) return false;
  const guarded = form.guard !== undefined && form.exact[channel] === 0;
  const output = (acc: number) => Math.min(Math.max(line.output(acc), to.min), to.max);
  let start = range.min;
  for (let i = 0; i <= steps.at.length; i++) {
    const end = i < steps.at.length ? steps.at[i] - 1 : range.max;
    // An empty interval lies between two steps at the same accumulator.
    if (end >= start) {
      const value = requantize(start, channel, to);
      if (requantize(end, channel, to) !== value) return false;
      let [a, b] = [start, end];
      if (guarded) {
        while (a <= b && a - start < longestEscape && line.escapes(a)) a++;
        while (b > a && end - b < longestEscape && line.escapes(b)) b--;
      }
      if (a <= b && (output(a) !== value || output(b) !== value)) return false;
      start = end + 1;
    }
  }
  return start === range.max + 1;
}
