import { dtypeInfo } from "../../ir/dtype.js";
import type { Requantize } from "../../ops/requantize.js";
import { solveLine } from "../requantize/solve.js";
import type { Steps } from "../requantize/steps.js";
import type { RowsForm } from "./form.js";
import { type ByteDType, bytesOf, type PairTable, pairIndex } from "./pair-table.js";
import { proveBinary } from "./prove.js";

/** More bits than this never fit int32 beside an 8-bit output. */
const mostBits = 24;

/**
 * Searches a proven `(x * slopes[r] + addends[r]) >> shift`, with r either operand. Undefined if some row
 * is no line, or needs more bits than int32 has.
 */
export function findRowsForm(table: PairTable): RowsForm | undefined {
  for (const rows of ["b", "a"] as const) {
    for (let shift = mostBits; shift > 7; shift--) {
      const form = fitRows(table, rows, shift);
      if (form === "no line") break;
      if (proveBinary(table, form)) return form;
    }
  }
  return undefined;
}

function fitRows(table: PairTable, rows: "a" | "b", shift: number): RowsForm | "no line" {
  const slopes = new Int32Array(256);
  const addends = new Int32Array(256);
  const [rowType, type]: ByteDType[] = rows === "a" ? [table.a, table.b] : [table.b, table.a];
  const { min, max } = dtypeInfo[type];
  for (const r of bytesOf(rowType)) {
    const outputs = bytesOf(type).map((x) => table.outputs[rows === "a" ? pairIndex(r, x) : pairIndex(x, r)]);
    // A falling row rises in -x.
    const sign = outputs[255] < outputs[0] ? -1 : 1;
    const range = sign > 0 ? { min, max } : { min: -max, max: -min };
    const line = fitRow(sign > 0 ? outputs : outputs.reverse(), range, table.y, shift);
    if (!line) return "no line";
    slopes[r & 255] = sign * line.multiplier;
    addends[r & 255] = Number((line.low + line.high) >> 1n);
  }
  return { kind: "rows", rows, slopes, addends, shift, even: false };
}

/** The line of one row, whose outputs must not fall. */
function fitRow(outputs: readonly number[], range: Steps["range"], y: ByteDType, shift: number) {
  const first = outputs[0];
  const at: number[] = [];
  for (let i = 1; i < outputs.length; i++) {
    if (outputs[i] < outputs[i - 1]) return undefined;
    while (first + at.length < outputs[i]) at.push(range.min + i);
  }
  const steps = { range, first, at: Int32Array.from(at) };
  return solveLine(steps, roughly(steps, y), 0, { shift, maxMultiplier: 2 ** 31 - 1, slack: 0 });
}

/** The requantization that a row resembles, to start the search from. */
function roughly({ first, at }: Steps, y: ByteDType): Requantize {
  const { min, max } = dtypeInfo[y];
  const run = at.length > 1 ? at[at.length - 1] - at[0] : 0;
  const slope = Math.fround((at.length - 1) / Math.max(run, 1) || 1 / 256);
  const zeroPoint = at.length > 0 ? Math.round(first + 0.5 - slope * at[0]) : first;
  return { kind: "requantize", dtype: y, scales: [slope], zeroPoint, min, max };
}
