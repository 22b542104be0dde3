import type { Tensor } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import type { Scalar } from "./arithmetic.js";
import { applyElementwise } from "./evaluate.js";
import { scalarFunctions } from "./functions.js";
import type { LookupAttributes } from "./lookup.js";
import { type MapAttributes, type Operand, operandType } from "./map.js";

/** `vcgen.Map`: the steps one after the other, for every element. */
export const mapReference: Reference<MapAttributes> = (inputs, { steps }) => {
  const functions = steps.map((step) =>
    scalarFunctions[step.fn].evaluate(operandType(step.operands[0], inputs, steps), step.dtype),
  );
  const value = (of: Operand, given: readonly Scalar[], results: readonly Scalar[]): Scalar =>
    "constant" in of ? of.constant.data[0] : "input" in of ? given[of.input] : results[of.step];
  return [
    applyElementwise(steps.at(-1)!.dtype, inputs as Tensor[], (...given) => {
      const results: Scalar[] = [];
      steps.forEach((step, i) => {
        results.push(functions[i](...step.operands.map((of) => value(of, given, results))));
      });
      return results.at(-1)!;
    }),
  ];
};

/** `vcgen.Lookup`: the table's entry at each element's bit pattern. */
export const lookupReference: Reference<LookupAttributes> = ([x], { table }) => [
  applyElementwise(table.dtype, [x!], (v) => table.data[Number(v) & 0xff]),
];
