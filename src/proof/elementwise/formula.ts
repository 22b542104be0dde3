import { dtypeInfo } from "../../ir/dtype.js";
import type { Formula, PairForm } from "./form.js";
import { bytesOf, type PairTable, pairIndex } from "./pair-table.js";
import { proveBinary, unshifted } from "./prove.js";

/** Bits to shift by: as many as an 8-bit output and its overshoot can leave, down to too few to be of use. */
const shifts = Array.from({ length: 16 }, (_, i) => 23 - i);

/**
 * The formula itself in int32 with halves rounded to even, if that is proven. Scales that are powers of
 * two make ties that no straight line rounds right, and ratios that are exact in int32.
 */
export function findEvenForm(table: PairTable, formula: Formula): PairForm | undefined {
  for (const shift of shifts) {
    // One less than a half: a tie stays below, unless the bit that `even` adds lifts it.
    const form = { ...rounded(table, formula, shift, 2 ** (shift - 1) - 1), even: true };
    if (proveBinary(table, form)) return form;
  }
  return undefined;
}

/**
 * The formula in int32, halves rounded up, with the pairs as exceptions that this gets wrong: for scales in
 * small ratios, where many pairs are ties and the noise of float32 decides each. Undefined if the outputs
 * do not lie that close to the formula.
 */
export function findExceptionalForm(table: PairTable, formula: Formula): PairForm | undefined {
  for (const shift of shifts) {
    const near = rounded(table, formula, shift, 2 ** (shift - 1));
    const miss = largestMiss(table, near);
    if (miss >= 2 ** (shift - 3)) continue;
    // Raised by more than any miss, the line is never too low, and too high only just above a step.
    const lift = 2 ** Math.ceil(Math.log2(miss + 1));
    const form = rounded(table, formula, shift, 2 ** (shift - 1) + lift);
    const from = Math.log2(lift) + 1;
    const proven = { ...form, exceptions: { from, pairs: wrongPairs(table, form) } };
    if (proveBinary(table, proven)) return proven;
  }
  return undefined;
}

/** The formula with numbers rounded to int32, in units of 2^-shift; `addend` is added in those units. */
function rounded(table: PairTable, formula: Formula, shift: number, addend: number): PairForm {
  const unit = 2 ** shift;
  const common = { shift, even: false };
  const constant = formula.constant * unit + addend;
  if (formula.kind === "sum") {
    const [slopeA, slopeB] = [formula.ratioA, formula.ratioB].map((ratio) => Math.round(ratio * unit));
    return { kind: "sum", slopeA, slopeB, addend: Math.round(constant), ...common };
  }
  const slopes = new Int32Array(256);
  const addends = new Int32Array(256);
  for (const b of bytesOf(table.b)) {
    const slope = (b - formula.zeroB) * formula.ratio * unit;
    slopes[b & 255] = Math.round(slope);
    addends[b & 255] = Math.round(constant - slope * formula.zeroA);
  }
  return { kind: "rows", rows: "b", slopes, addends, ...common };
}

/** Calls `visit` with each pair's index, the sum that the form shifts, and the output that is due. */
function eachPair(
  table: PairTable,
  form: PairForm,
  visit: (index: number, sum: number, y: number) => void,
): void {
  const bs = bytesOf(table.b);
  for (const a of bytesOf(table.a)) {
    for (const b of bs) {
      const index = pairIndex(a, b);
      visit(index, unshifted(form, a, b), table.outputs[index]);
    }
  }
}

/** By how much the sum of any pair lies outside the step of its output. */
function largestMiss(table: PairTable, form: PairForm): number {
  const { min, max } = dtypeInfo[table.y];
  const unit = 2 ** form.shift;
  let miss = 0;
  eachPair(table, form, (_, sum, y) => {
    if (y > min) miss = Math.max(miss, y * unit - sum);
    if (y < max) miss = Math.max(miss, sum - (y + 1) * unit + 1);
  });
  return miss;
}

function wrongPairs(table: PairTable, form: PairForm): Uint16Array {
  const { min, max } = dtypeInfo[table.y];
  const wrong: number[] = [];
  eachPair(table, form, (index, sum, y) => {
    if (Math.min(Math.max(Math.floor(sum / 2 ** form.shift), min), max) !== y) wrong.push(index);
  });
  return Uint16Array.from(wrong).sort();
}
