import { type Requantize, roundHalfEven } from "../../ops/requantize.js";
import { findFixedForm } from "./fixed.js";
import { type FixedForm, type RequantizeForm, scaleOf } from "./form.js";
import type { AccumulatorRange } from "./range.js";

export interface RequantizeRequest {
  readonly to: Requantize;
  /** Of each output channel, bias and zero points included. */
  readonly ranges: readonly AccumulatorRange[];
  /** Forms the kernel has, best first. `float` and `emulate` always apply. */
  readonly available: readonly RequantizeForm["kind"][];
  /**
   * The largest share of outputs a guarded form may send to the float form or its emulation, e.g. 1/64.
   * 0, the default, takes a fixed-point form only where all channels are exact.
   */
  readonly escapes?: number;
}

export interface RequantizeChoice {
  readonly form: RequantizeForm;
  /** The float form's output before the clamp can fall below `to.min`, or pass `to.max`: where not, C need not clamp. */
  readonly clampsLow: boolean;
  readonly clampsHigh: boolean;
  /**
   * The largest |float32(acc) * scale| that occurs. Below 2^22 the float form may round by adding and
   * subtracting 1.5 * 2^23 without limiting the number first.
   */
  readonly largestScaled: number;
  /** For the report, e.g. "requant: 128/128 channels fixed-point, proven". */
  readonly note: string;
}

/** Chooses how a layer requantizes: the first of the available forms that is exact for all its channels. */
export function chooseRequantize(request: RequantizeRequest): RequantizeChoice {
  const { to, ranges, available, escapes = 0 } = request;
  for (const kind of available) {
    const form = kind === "float" || kind === "emulate" ? { kind } : fixedForm(kind, to, ranges, escapes);
    if (form) return { form, ...extent(to, ranges), note: describe(form, ranges.length) };
  }
  throw new Error(`no requantization among ${available.join(", ")} fits; offer float or emulate`);
}

interface Found {
  readonly kind: FixedForm["kind"];
  readonly escapes: number;
  readonly ranges: readonly AccumulatorRange[];
  readonly form: FixedForm | undefined;
}

/** Several kernels ask for the same layer. */
const found = new WeakMap<Requantize, Found[]>();

function fixedForm(
  kind: FixedForm["kind"],
  to: Requantize,
  ranges: readonly AccumulatorRange[],
  escapes: number,
): FixedForm | undefined {
  const list = found.get(to) ?? [];
  found.set(to, list);
  const same = (other: readonly AccumulatorRange[]) =>
    other.length === ranges.length &&
    other.every(({ min, max }, i) => min === ranges[i].min && max === ranges[i].max);
  const known = list.find((f) => f.kind === kind && f.escapes === escapes && same(f.ranges));
  if (known) return known.form;
  const form = findFixedForm(kind, to, ranges, escapes);
  list.push({ kind, escapes, ranges, form });
  return form;
}

function extent(to: Requantize, ranges: readonly AccumulatorRange[]) {
  const scaled = (acc: number, channel: number) => Math.fround(Math.fround(acc) * scaleOf(to, channel));
  let low = 0;
  let high = 0;
  ranges.forEach(({ min, max }, channel) => {
    low = Math.min(low, scaled(min, channel));
    high = Math.max(high, scaled(max, channel));
  });
  return {
    clampsLow: roundHalfEven(low) + to.zeroPoint < to.min,
    clampsHigh: roundHalfEven(high) + to.zeroPoint > to.max,
    largestScaled: Math.max(-low, high),
  };
}

function describe(form: RequantizeForm, channels: number): string {
  if (form.kind === "float") return `requant: ${channels} channels in float32`;
  if (form.kind === "emulate") return `requant: ${channels} channels in float32, emulated in integers`;
  const exact = form.exact.reduce((sum, one) => sum + one, 0);
  const proven = `requant: ${exact}/${channels} channels fixed-point, proven`;
  return form.guard ? `${proven}; ${channels - exact} with escapes to float32, proven` : proven;
}
