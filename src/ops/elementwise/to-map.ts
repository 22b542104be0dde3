import { broadcastShapes, sameShape } from "../../ir/tensor.js";
import type { NodeView } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import { activationSteps, type Writer } from "./activation-steps.js";
import { scalarFunctions } from "./functions.js";
import { generalSteps } from "./general-steps.js";
import type { MapAttributes, Operand, Step } from "./map.js";
import { simpleOps } from "./simple.js";
import { StepBuilder } from "./steps.js";

/** A `vcgen.Map` node: names of its inputs, and its attributes. */
export interface MapNode {
  readonly inputs: readonly string[];
  readonly attrs: MapAttributes;
}

const writers: ReadonlyMap<string, Writer<never>> = new Map([
  ...Object.entries(activationSteps),
  ...Object.entries(generalSteps),
  ...simpleOps.map(({ name, fn, swapped }): [string, Writer<never>] => [
    name,
    (p, operands) => {
      const ordered = swapped ? operands.toReversed() : operands;
      const compares = scalarFunctions[fn].signature === "compare";
      return p.step(fn, compares ? "bool" : ordered.at(-1)!.dtype, ordered);
    },
  ]),
]);

/** Operators that `elementwiseToMap` takes. */
export const elementwiseNames: readonly string[] = [...writers.keys()];

/** The elementwise operator of a node as a `vcgen.Map`. */
export function elementwiseToMap(view: NodeView): MapNode {
  const p = new StepBuilder();
  const terms = view.inputs.map((info, i) => info && p.input(i, info.dtype));
  writers.get(view.node.op)!(p, terms as never, view.attrs as never);
  return mapNode(view.node.inputs, view.inputs, p.steps, view.outputs[0]!);
}

/**
 * A `vcgen.Map` of these steps. Constants of one element move into the steps, and inputs that no step
 * reads are dropped, both where the shape does not depend on them.
 */
export function mapNode(
  names: readonly string[],
  infos: readonly (ValueInfo | undefined)[],
  steps: readonly Step[],
  output: ValueInfo,
): MapNode {
  const read = new Set(steps.flatMap((s) => s.operands.flatMap((of) => ("input" in of ? [of.input] : []))));
  const embedded = (i: number) => infos[i]!.data?.length === 1;
  let kept = [...read].filter((i) => !embedded(i)).sort((a, b) => a - b);
  const shapeOf = (indices: readonly number[]) => broadcastShapes(...indices.map((i) => infos[i]!.shape))!;
  if (!sameShape(shapeOf(kept), output.shape)) {
    const all = [...infos.keys()].filter((i) => infos[i]);
    kept = all.filter((i) => read.has(i));
    if (!sameShape(shapeOf(kept), output.shape)) kept = all;
  }
  const place = (of: Operand): Operand => {
    if (!("input" in of)) return of;
    const at = kept.indexOf(of.input);
    const { dtype, data } = infos[of.input]!;
    return at >= 0 ? { input: at } : { constant: { dtype, data: data! } };
  };
  return {
    inputs: kept.map((i) => names[i]),
    attrs: { steps: steps.map((step) => ({ ...step, operands: step.operands.map(place) })) },
  };
}
