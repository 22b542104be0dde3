import { dtypeInfo } from "../../ir/dtype.js";
import type { SumForm } from "./form.js";
import { bytesOf, type PairTable } from "./pair-table.js";
import { proveBinary } from "./prove.js";

/** Integers this far from the real slopes are tried: farther ones miss outputs at the ends of the range. */
const nearby = [0, -1, 1] as const;

/**
 * Searches a proven `(a * slopeA + b * slopeB + addend) >> shift` for a function that real arithmetic
 * would give as `a * ratioA + b * ratioB + constant`, rounded. Undefined if there is none in int32.
 *
 * For given slopes, each pair bounds the addend from below and above, as each accumulator does in
 * `solveLine`.
 */
export function findSumForm(table: PairTable, ratioA: number, ratioB: number): SumForm | undefined {
  const types = dtypeInfo[table.y];
  const reach = (ratioA + ratioB) * 256 + types.max - types.min;
  const most = 31 - Math.ceil(Math.log2(reach));
  for (let shift = most; shift > most - 3; shift--) {
    const [realA, realB] = [ratioA, ratioB].map((ratio) => Math.round(ratio * 2 ** shift));
    for (const moveA of nearby) {
      for (const moveB of nearby) {
        const [slopeA, slopeB] = [realA + moveA, realB + moveB];
        const addend = commonAddend(table, slopeA, slopeB, shift);
        const form = { kind: "sum", slopeA, slopeB, addend: addend ?? 0, shift, even: false } as const;
        if (addend !== undefined && proveBinary(table, form)) return form;
      }
    }
  }
  return undefined;
}

/** An addend that suits every pair, or undefined. */
function commonAddend(table: PairTable, slopeA: number, slopeB: number, shift: number): number | undefined {
  const { min, max } = dtypeInfo[table.y];
  const unit = 2 ** shift;
  const bs = bytesOf(table.b);
  let low = -(2 ** 31);
  let high = 2 ** 31 - 1;
  for (const a of bytesOf(table.a)) {
    const row = (a & 255) << 8;
    for (const b of bs) {
      const y = table.outputs[row | (b & 255)];
      const rest = y * unit - a * slopeA - b * slopeB;
      if (y > min && rest > low) low = rest;
      if (y < max && rest + unit - 1 < high) high = rest + unit - 1;
    }
    if (low > high) return undefined;
  }
  return Math.floor((low + high) / 2);
}
