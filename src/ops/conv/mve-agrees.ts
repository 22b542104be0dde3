import type { Steps } from "../../proof/requantize/steps.js";
import { type Requantize, requantize } from "../requantize.js";

/**
 * Whether a form that never decreases gives the float form's output, which does not either, at both ends of
 * every interval between its steps. Then they agree everywhere between, too.
 */
export function agrees(
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
