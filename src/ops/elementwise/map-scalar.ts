import { dtypeInfo } from "../../ir/dtype.js";
import type { KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import { expressionOf } from "./expression.js";
import { collapse, placeOf } from "./loops.js";
import { type MapAttributes, type Operand, operandType, type Step } from "./map.js";

/**
 * The C of a `vcgen.Map`. An input is read in the innermost loop it moves in, so that what is broadcast
 * is read once. `calls` counts the steps that call a helper.
 */
export function lowerMap(view: NodeView<MapAttributes>): { code: KernelCode; calls: number } {
  const { steps } = view.attrs;
  const inputs = view.inputs.map((x) => x!);
  const shape = view.outputs[0]!.shape;
  const loops = collapse(
    shape,
    inputs.map((x) => x.shape),
  );
  const write = (of: Operand): string => {
    if ("constant" in of) return literal(of.constant.dtype, of.constant.data[0]);
    return "input" in of ? `a${of.input}` : `t${of.step}`;
  };
  const { liveSteps, liveInputs } = liveness(steps);
  const loads = liveInputs.map((i) => ({
    depth: loops.findLastIndex((loop) => loop.operands[i] !== 0),
    type: dtypeInfo[inputs[i].dtype].c,
    index: i,
    at: placeOf(loops, (loop) => loop.operands[i]),
  }));
  const expressions = liveSteps.map((i) => {
    const { fn, operands, dtype } = steps[i];
    const from = operandType(operands[fn === "Where" ? 1 : 0], inputs, steps);
    return { index: i, ...expressionOf(fn, from, dtype, operands.map(write)) };
  });
  const parameters = liveInputs.map(
    (index): KernelParameter => ({ kind: "input", name: `x${index}`, index }),
  );
  const helpers = expressions.flatMap((e) => e.uses ?? []);
  const code: KernelCode = {
    template: "elementwise/map",
    values: {
      loads: loads.filter((load) => load.depth < 0),
      loops: loops.map(({ counter, count }, depth) => ({
        counter,
        count,
        loads: loads.filter((load) => load.depth === depth),
      })),
      steps: expressions,
      last: steps.length - 1,
      at: placeOf(loops, (loop) => loop.dense),
    },
    parameters: [...parameters, { kind: "output", name: "y", index: 0 }],
    uses: [...new Set(helpers)],
  };
  return { code, calls: helpers.length };
}

/** Steps that the last one depends on, itself included, and the inputs that those read. */
export function liveness(steps: readonly Step[]): { liveSteps: number[]; liveInputs: number[] } {
  const [live, read] = [new Set([steps.length - 1]), new Set<number>()];
  for (let i = steps.length - 1; i >= 0; i--) {
    if (!live.has(i)) continue;
    for (const of of steps[i].operands) {
      if ("step" in of) live.add(of.step);
      else if ("input" in of) read.add(of.input);
    }
  }
  const sorted = (set: Set<number>) => [...set].sort((a, b) => a - b);
  return { liveSteps: sorted(live), liveInputs: sorted(read) };
}
