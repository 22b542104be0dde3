import type { Attributes } from "../ir/graph.js";
import type { ShiftedOperands } from "./op.js";

/**
 * `shiftToSigned` of operators that only move elements, or compare them with each other: it holds where
 * the inputs named and output 0 are all held as int8, or none of them.
 */
export const movesElements =
  (...inputs: readonly number[]) =>
  <A extends Attributes>(attrs: A, shifted: ShiftedOperands): A | undefined =>
    inputs.every((i) => (shifted.inputs[i] ?? false) === shifted.outputs[0]) ? attrs : undefined;
