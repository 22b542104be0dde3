import type { FixedForm } from "./form.js";

/**
 * Evaluates a channel of a fixed-point form exactly: `acc * multiplier + addend` as a 64-bit number in a
 * signed upper and an unsigned lower word. No product below has more than 48 bits, so float64 holds it.
 */
export class Evaluator {
  readonly #multiplierLow: number;
  readonly #multiplierHigh: number;
  readonly #addendHigh: number;
  readonly #addendLow: number;
  readonly #output: number;
  readonly #unit: number;
  readonly #signed32: boolean;
  readonly #window: number;
  readonly #period: number;
  /** Upper and lower word of the last sum. */
  readonly #sum = new Float64Array(2);

  constructor(form: FixedForm, channel: number, addend: bigint = form.addends[channel]) {
    const multiplier = form.multipliers[channel];
    this.#multiplierLow = multiplier % 2 ** 16;
    this.#multiplierHigh = (multiplier - this.#multiplierLow) / 2 ** 16;
    this.#addendHigh = Number(addend >> 32n);
    this.#addendLow = Number(addend & 0xffffffffn);
    this.#unit = 2 ** form.unit;
    this.#output = 2 ** (form.unit + form.shift);
    this.#signed32 = form.kind === "split32";
    this.#window = form.guard ? 2 ** (form.guard.from + form.unit) : 0;
    this.#period = form.guard ? 2 ** (form.guard.to + form.unit) : 1;
  }

  /** The output before the clamp. */
  output(acc: number): number {
    this.#add(acc);
    return this.#dividedBy(this.#output);
  }

  /** Whether the guard sends this accumulator to the slow form. */
  escapes(acc: number): boolean {
    this.#add(acc);
    const upper = this.#sum[0];
    const lower = this.#sum[1];
    const period = this.#period;
    if (period <= 2 ** 32) return lower % period < this.#window;
    const words = period / 2 ** 32;
    return (upper - Math.floor(upper / words) * words) * 2 ** 32 + lower < this.#window;
  }

  /** Whether `high` fits its C type: int64, or int32 for `split32`. */
  fits(acc: number): boolean {
    this.#add(acc);
    const word = this.#signed32 ? this.#dividedBy(this.#unit) : this.#sum[0];
    return word >= -(2 ** 31) && word < 2 ** 31;
  }

  #add(acc: number): void {
    const product = acc * this.#multiplierHigh;
    const carry = Math.floor(product / 2 ** 16);
    const low = (product - carry * 2 ** 16) * 2 ** 16 + acc * this.#multiplierLow + this.#addendLow;
    const words = Math.floor(low / 2 ** 32);
    this.#sum[0] = carry + this.#addendHigh + words;
    this.#sum[1] = low - words * 2 ** 32;
  }

  /** The sum divided by a power of two and rounded down. */
  #dividedBy(power: number): number {
    const upper = this.#sum[0];
    const lower = this.#sum[1];
    return power >= 2 ** 32
      ? Math.floor(upper / (power / 2 ** 32))
      : upper * (2 ** 32 / power) + Math.floor(lower / power);
  }
}
