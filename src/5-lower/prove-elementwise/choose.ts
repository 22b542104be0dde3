import type { Formula, PairForm } from "./form.js";
import { findEvenForm, findExceptionalForm } from "./formula.js";
import type { PairTable } from "./pair-table.js";
import { findRowsForm } from "./rows.js";
import { findSumForm } from "./sum.js";

/**
 * The cheapest integer arithmetic found that gives the table's output for all 65,536 pairs, or undefined
 * if there is none. `formula` is where to start, if known.
 */
export function choosePairForm(table: PairTable, formula: Formula | undefined): PairForm | undefined {
  if (!formula) return findRowsForm(table);
  const sum = formula.kind === "sum" ? findSumForm(table, formula.ratioA, formula.ratioB) : undefined;
  return sum ?? findEvenForm(table, formula) ?? findRowsForm(table) ?? findExceptionalForm(table, formula);
}
