import type { Formula, PairForm } from "./form.js";
import { findEvenForm, findExceptionalForm } from "./formula.js";
import type { PairTable } from "./pair-table.js";
import { findProductForm } from "./product.js";
import { findRowsForm } from "./rows.js";
import { findSumForm } from "./sum.js";

/**
 * The cheapest integer arithmetic found that gives the table's output for all 65,536 pairs, or undefined
 * if there is none. `formula` is where to start, if known. `highProduct`: the core has 64-bit products.
 */
export function choosePairForm(
  table: PairTable,
  formula: Formula | undefined,
  highProduct: boolean,
): PairForm | undefined {
  if (!formula) return findRowsForm(table);
  return (
    findLine(table, formula, highProduct) ??
    findEvenForm(table, formula) ??
    findRowsForm(table) ??
    findExceptionalForm(table, formula)
  );
}

function findLine(table: PairTable, formula: Formula, highProduct: boolean): PairForm | undefined {
  if (formula.kind === "sum") return findSumForm(table, formula.ratioA, formula.ratioB);
  return highProduct ? findProductForm(table, formula) : undefined;
}
