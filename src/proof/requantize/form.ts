import type { Requantize } from "../../ops/requantize.js";

/**
 * One line for each channel: `y = clamp(high >> shift, min, max)`, where
 * `high = floor((acc * multiplier + addend) / 2^unit)`, all in exact arithmetic.
 */
interface Lines {
  /** Product bits that C never keeps: 0 for `fixed64`. */
  readonly unit: number;
  readonly shift: number;
  /** One for each channel, 0 to 2^31 - 1. */
  readonly multipliers: Int32Array;
  /** For the complete accumulator, in units of 1. `foldOffsets` makes the table a kernel reads. */
  readonly addends: BigInt64Array;
  /** 1 where the line alone is proven equal on the whole range, 0 where it needs the guard. */
  readonly exact: Uint8Array;
  /** Absent if every channel is exact. */
  readonly guard?: Guard;
}

/**
 * The escape of channels for which no line has the steps of the float form. Where bits `from` to `to - 1`
 * of `high` are all 0, the accumulator may lie on the wrong side of a step, and the float form or its
 * emulation must compute the output. Everywhere else the line is proven equal. About 2^(from - to) of all
 * outputs escape. For `fixed64` the bits lie in one 32-bit word: in the upper one, or just below bit 32.
 */
export interface Guard {
  readonly from: number;
  readonly to: number;
}

/** With a 64-bit product: SMLAL and SSAT on Arm. `high` is int64; a shift of 32 or more reads its upper word only. */
export interface Fixed64Form extends Lines {
  readonly kind: "fixed64";
}

/**
 * With two 32-bit products, for cores with no long multiply:
 * `high = (acc >> unit) * multiplier + (((acc & (2^unit - 1)) * multiplier) >> unit) + addend / 2^unit`.
 * The second product is unsigned and below 2^32, the rest wraps modulo 2^32; `high` fits int32.
 */
export interface Split32Form extends Lines {
  readonly kind: "split32";
}

/** Float32 multiplication and rounding as ONNX Runtime does it. Needs no proof. */
export interface FloatForm {
  readonly kind: "float";
}

/** The float form in integers, bit for bit. Needs no proof and no FPU; the slowest. */
export interface EmulatedForm {
  readonly kind: "emulate";
}

export type FixedForm = Fixed64Form | Split32Form;
export type RequantizeForm = FixedForm | FloatForm | EmulatedForm;

export const scaleOf = (to: Requantize, channel: number): number =>
  to.scales.length === 1 ? to.scales[0] : to.scales[channel];

/**
 * The addends for accumulators that leave a constant out: `acc = sum + offsets[channel]`, for instance the
 * bias and the zero point's share of the weights. They are proven for every offset, so a kernel may use
 * other offsets at the borders. `fixed64`: int64 for `sum * multiplier + addend`. `split32`: int32 in units
 * of 2^unit.
 */
export function foldOffsets(form: Fixed64Form, offsets: ArrayLike<number>): BigInt64Array;
export function foldOffsets(form: Split32Form, offsets: ArrayLike<number>): Int32Array;
export function foldOffsets(form: FixedForm, offsets: ArrayLike<number>): BigInt64Array | Int32Array;
export function foldOffsets(form: FixedForm, offsets: ArrayLike<number>): BigInt64Array | Int32Array {
  const { multipliers, addends } = form;
  const folded = addends.map(
    (addend, channel) => addend + BigInt(offsets[channel]) * BigInt(multipliers[channel]),
  );
  if (form.kind === "fixed64") return folded;
  // The first multiple of 2^unit at or above: addends up to 2^unit - 1 larger are proven too.
  const unit = BigInt(form.unit);
  return Int32Array.from(folded, (addend) => Number(BigInt.asIntN(32, -(-addend >> unit))));
}
