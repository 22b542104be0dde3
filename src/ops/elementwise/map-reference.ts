import { broadcastShapes, sameShape, type Tensor } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import { applyElementwise } from "./evaluate.js";
import { scalarFunctions } from "./functions.js";
import type { LookupAttributes } from "./lookup.js";
import { type MapAttributes, type Operand, operandType } from "./map.js";

/** `vcgen.Map`: the steps one after the other, each on tensors of its own operands' common shape. */
export const mapReference: Reference<MapAttributes> = (inputs, { steps }) => {
  const results: Tensor[] = [];
  const tensorOf = (of: Operand): Tensor =>
    "constant" in of ? { ...of.constant, shape: [] } : "input" in of ? inputs[of.input]! : results[of.step];
  for (const step of steps) {
    const f = scalarFunctions[step.fn].evaluate(operandType(step.operands[0], inputs, steps), step.dtype);
    results.push(applyElementwise(step.dtype, step.operands.map(tensorOf), f));
  }
  const last = results[results.length - 1];
  const shape = broadcastShapes(...inputs.map((x) => x!.shape))!;
  if (sameShape(last.shape, shape)) return [last];
  return [applyElementwise(last.dtype, [last, ...(inputs as Tensor[])], (value) => value)];
};

/** `vcgen.Lookup`: the table's entry at each element's bit pattern. */
export const lookupReference: Reference<LookupAttributes> = ([x], { table }) => [
  applyElementwise(table.dtype, [x!], (v) => table.data[Number(v) & 0xff]),
];
