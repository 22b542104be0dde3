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
  readonly #divisor: number;
  readonly #unit: number;
  readonly #signed32: boolean;
  readonly #window: number;
  readonly #period: number;
  /** The sum that `#add` made. */
  #upper = 0;
  #lower = 0;

  constructor(form: FixedForm, channel: number, addend: bigint = form.addends[channel]) {
    const multiplier = form.multipliers[channel];
    this.#multiplierLow = multiplier & 0xffff;
    this.#multiplierHigh = multiplier >> 16;
    this.#addendHigh = Number(addend >> 32n);
    this.#addendLow = Number(addend & 0xffffffffn);
    this.#unit = 2 ** form.unit;
    this.#divisor = 2 ** (form.unit + form.shift);
    this.#signed32 = form.kind === "split32";
    this.#window = form.guard ? 2 ** (form.guard.from + form.unit) : 0;
    this.#period = form.guard ? 2 ** (form.guard.to + form.unit) : 1;
  }

  /** The output before the clamp. */
  output(acc: number): number {
    this.#add(acc);
    return this.#dividedBy(this.#divisor);
  }

  /** Whether the guard sends this accumulator to the slow form. */
  escapes(acc: number): boolean {
    this.#add(acc);
    const period = this.#period;
    if (period <= 2 ** 32) return this.#lower % period < this.#window;
    const words = period / 2 ** 32;
    const upper = this.#upper - Math.floor(this.#upper / words) * words;
    return upper * 2 ** 32 + this.#lower < this.#window;
  }

  /** Whether `high` fits its C type: int64, or int32 for `split32`. */
  fits(acc: number): boolean {
    this.#add(acc);
    const word = this.#signed32 ? this.#dividedBy(this.#unit) : this.#upper;
    return word >= -(2 ** 31) && word < 2 ** 31;
  }

  #add(acc: number): void {
    const product = acc * this.#multiplierHigh;
    const carry = Math.floor(product / 2 ** 16);
    const low = (product - carry * 2 ** 16) * 2 ** 16 + acc * this.#multiplierLow + this.#addendLow;
    const words = Math.floor(low / 2 ** 32);
    this.#upper = carry + this.#addendHigh + words;
    this.#lower = low - words * 2 ** 32;
  }

  /** The sum divided by a power of two and rounded down. */
  #dividedBy(power: number): number {
    return power >= 2 ** 32
      ? Math.floor(this.#upper / (power / 2 ** 32))
      : this.#upper * (2 ** 32 / power) + Math.floor(this.#lower / power);
  }
}
