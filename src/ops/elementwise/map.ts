import type { DType } from "../../ir/dtype.js";
import { broadcastShapes, type Tensor } from "../../ir/tensor.js";
import { defineOp, OpError, type ValueInfo } from "../op.js";
import { operand } from "../operands.js";
import { type FunctionName, isSaturated, scalarFunctions } from "./functions.js";

/** What a step computes with: an input, the result of an earlier step, or a constant of one element. */
export type Operand =
  | { readonly input: number }
  | { readonly step: number }
  | { readonly constant: Pick<Tensor, "dtype" | "data"> };

export interface Step {
  readonly fn: FunctionName;
  readonly operands: readonly Operand[];
  /** Element type of the result. */
  readonly dtype: DType;
}

/**
 * Attributes of `vcgen.Map`: y[i] is what the last step gives for x0[i], x1[i], ..., the inputs broadcast
 * to the output's shape.
 */
export type MapAttributes = { readonly steps: readonly Step[] };

export const mapName = "vcgen.Map";

/** The element type of a step's operand. */
export function operandType(
  of: Operand,
  inputs: readonly (Pick<ValueInfo, "dtype"> | undefined)[],
  steps: readonly Step[],
): DType {
  if ("constant" in of) return of.constant.dtype;
  const from = "input" in of ? inputs[of.input] : steps[of.step];
  if (!from) throw new OpError(`${mapName} reads what is not there: ${JSON.stringify(of)}`);
  return from.dtype;
}

function checkStep(
  step: Step,
  index: number,
  inputs: readonly (ValueInfo | undefined)[],
  steps: readonly Step[],
): void {
  const fn = scalarFunctions[step.fn];
  const types = step.operands.map((of) => operandType(of, inputs, steps.slice(0, index)));
  const fits = {
    same: () => types.every((t) => t === step.dtype) && fn.accepts(step.dtype),
    compare: () => types.every((t) => t === types[0]) && fn.accepts(types[0]) && step.dtype === "bool",
    select: () => types[0] === "bool" && types[1] === step.dtype && types[2] === step.dtype,
    convert: () => true,
    saturate: () => types[0] === "float32" && types[1] === step.dtype && isSaturated(step.dtype),
  };
  if (step.operands.length !== fn.operands || !fits[fn.signature]()) {
    throw new OpError(`${mapName}: ${step.fn}(${types.join(", ")}) does not give ${step.dtype}`);
  }
}

export const map = defineOp<MapAttributes>({
  name: mapName,
  attributes: {
    steps: (value, name) => {
      if (!Array.isArray(value) || value.length === 0) throw new OpError(`attribute "${name}" is missing`);
      return value as readonly Step[];
    },
  },
  inputs: [0, Number.POSITIVE_INFINITY],
  infer(inputs, { steps }) {
    steps.forEach((step, i) => {
      checkStep(step, i, inputs, steps);
    });
    const shapes = inputs.map((_, i) => operand(inputs, i, `x${i}`).shape);
    const shape = broadcastShapes(...shapes);
    if (!shape) throw new OpError(`[${shapes.join("], [")}] do not broadcast`);
    return [{ dtype: steps.at(-1)!.dtype, shape }];
  },
  permute: (attrs) => attrs,
});
