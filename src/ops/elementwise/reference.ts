import type { Reference } from "../op.js";
import { activationReferences } from "./activation-reference.js";
import { applyElementwise } from "./evaluate.js";
import { scalarFunctions } from "./functions.js";
import { generalReferences } from "./general-reference.js";
import { lookupName } from "./lookup.js";
import { mapName } from "./map.js";
import { lookupReference, mapReference } from "./map-reference.js";
import { type SimpleOp, simpleOps } from "./simple.js";

/** The scalar function on every element of the broadcast operands. */
const simple =
  ({ fn, swapped }: SimpleOp): Reference =>
  (inputs) => {
    const operands = (swapped ? inputs.toReversed() : inputs).map((x) => x!);
    const { signature, evaluate } = scalarFunctions[fn];
    const from = operands[0].dtype;
    const to = signature === "compare" ? "bool" : operands.at(-1)!.dtype;
    return [applyElementwise(to, operands, evaluate(from, to))];
  };

export const references = {
  ...Object.fromEntries(simpleOps.map((op) => [op.name, simple(op)])),
  ...activationReferences,
  ...generalReferences,
  [mapName]: mapReference,
  [lookupName]: lookupReference,
} as Record<string, unknown> as Record<string, Reference>;
