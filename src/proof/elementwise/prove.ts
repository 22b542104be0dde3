import { dtypeInfo } from "../../ir/dtype.js";
import type { PairForm, ProductForm } from "./form.js";
import { bytesOf, type PairTable, pairIndex } from "./pair-table.js";

/** Whether a form gives the table's output for every pair, without overflow on the way. */
export function proveBinary(table: PairTable, form: PairForm): boolean {
  if (!proveShifted(table, form, 0)) return false;
  if (form.kind !== "product") return true;
  return proveShifted(table, { ...form, addend: form.roundedAddend }, 2 ** (form.shift - 1));
}

/** As `proveBinary`, with a constant added before the last shift. */
function proveShifted(table: PairTable, form: PairForm, rounding: number): boolean {
  const { min, max } = dtypeInfo[table.y];
  const unit = 2 ** form.shift;
  const exceptional = new Set(form.exceptions?.pairs);
  const window = form.exceptions ? 2 ** form.exceptions.from : 0;
  const bs = bytesOf(table.b);
  return bytesOf(table.a).every((a) =>
    bs.every((b) => {
      let sum = unshifted(form, a, b) + rounding;
      if (!fitsInt32(sum) || !partsFit(form, a, b)) return false;
      const floor = Math.floor(sum / unit);
      if (form.even) sum += Math.abs(floor % 2);
      else if (exceptional.has(pairIndex(a, b)) && sum - floor * unit < window) sum -= unit;
      const y = Math.min(Math.max(Math.floor(sum / unit), min), max);
      return fitsInt32(sum) && y === table.outputs[pairIndex(a, b)];
    }),
  );
}

/** The number that a form shifts last, exactly. */
export function unshifted(form: PairForm, a: number, b: number): number {
  if (form.kind === "sum") return a * form.slopeA + b * form.slopeB + form.addend;
  if (form.kind === "product") return multiplyHigh(factor(form, a, b), form.multiplier);
  const [row, x] = form.rows === "a" ? [a & 255, b] : [b & 255, a];
  return x * form.slopes[row] + form.addends[row];
}

const factor = (form: ProductForm, a: number, b: number): number =>
  (a - form.zeroA) * (b - form.zeroB) * 2 ** form.up + form.addend;

/** floor(x * y / 2^32) for int32 x and y, in products of at most 47 bits. */
function multiplyHigh(x: number, y: number): number {
  const low = y & 0xffff;
  return Math.floor((x * ((y - low) / 2 ** 16) + Math.floor((x * low) / 2 ** 16)) / 2 ** 16);
}

const fitsInt32 = (x: number): boolean => x >= -(2 ** 31) && x < 2 ** 31;

/** The products and partial sums that C computes on the way: the addend comes in with either product. */
function partsFit(form: PairForm, a: number, b: number): boolean {
  if (form.kind === "sum") {
    const first = a * form.slopeA;
    const second = b * form.slopeB;
    return [first, second, first + form.addend, second + form.addend].every(fitsInt32);
  }
  if (form.kind === "product") {
    const x = factor(form, a, b);
    return fitsInt32(x) && fitsInt32(x - form.addend);
  }
  const [row, x] = form.rows === "a" ? [a & 255, b] : [b & 255, a];
  return fitsInt32(x * form.slopes[row]);
}
