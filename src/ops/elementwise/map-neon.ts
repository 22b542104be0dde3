import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { constantLanes, hasLanes, type LaneStep, laneStep, laneType } from "./lanes.js";
import { collapse, placeOf } from "./loops.js";
import { type MapAttributes, mapName, type Operand, operandType } from "./map.js";
import { liveness } from "./map-scalar.js";

/** Shorter innermost loops are left to scalar code. */
const shortest = 4;

/**
 * A `vcgen.Map` on vectors of AArch64, whose arithmetic is IEEE: 4 lanes for each operation, in the reference's
 * order. The elements at the end go through a vector in memory.
 */
export const mapKernel: Kernel = {
  name: "map-vectors",
  isa: "neon",
  ops: [mapName],
  accept(anyView, target) {
    const view = anyView as NodeView<MapAttributes>;
    if (!target.features.vectorFloatIsIeee) return { refused: "vectors flush denormals" };
    const { steps } = view.attrs;
    const inputs = view.inputs.map((x) => x!);
    const output = view.outputs[0]!;
    const count = numel(output.shape);
    const shapes = inputs.map((x) => x.shape);
    const loops = collapse(output.shape, shapes);
    const run = loops.at(-1);
    if (count === 0 || !run || run.count < shortest)
      return { refused: `runs of less than ${shortest} elements` };
    const { liveSteps, liveInputs } = liveness(steps);
    if (liveInputs.some((i) => run.operands[i] > 1)) return { refused: "an operand is not contiguous" };
    const odd = liveInputs.find((i) => !hasLanes(inputs[i].dtype));
    if (odd !== undefined) return { refused: `no lanes for ${inputs[odd].dtype}` };
    const nameOf =
      (quad: number) =>
      (of: Operand): string => {
        if ("constant" in of) return constantLanes(of.constant.dtype, of.constant.data[0]);
        if ("input" in of) return run.operands[of.input] === 0 ? `a${of.input}` : `a${of.input}_${quad}`;
        return `t${of.step}_${quad}`;
      };
    const stepsOf = (quad: number): (LaneStep | undefined)[] =>
      liveSteps.map((i) => {
        const { fn, operands, dtype } = steps[i];
        const types = operands.map((of) => operandType(of, inputs, steps));
        if (!types.every(hasLanes)) return undefined;
        return laneStep(fn, types[fn === "Where" ? 1 : 0], dtype, operands.map(nameOf(quad)));
      });
    const first = stepsOf(0);
    const missing = first.findIndex((step) => !step);
    if (missing >= 0) return { refused: `no lanes for ${steps[liveSteps[missing]].fn}` };
    const cost = (first as LaneStep[]).reduce((sum, step) => sum + step.cost, 0);
    const moving = liveInputs.filter((i) => run.operands[i] === 1);
    const narrowest = Math.min(...[...moving.map((i) => inputs[i].dtype), output.dtype].map(bytesOf));
    const quads = quadsOf(narrowest, cost, run.count);
    const width = 4 * quads;
    const moved = moving.reduce((sum, i) => sum + moveCost(inputs[i].dtype), moveCost(output.dtype));
    const outer = loops.slice(0, -1);
    const passes = count / run.count;
    const bytes = bytesOf(output.dtype);
    return {
      cost:
        10 +
        passes *
          (10 + Math.ceil(run.count / width) * (quads * (cost + moved) + 4) + (run.count % width ? 20 : 0)),
      reason: `${steps.length} steps on ${width} elements at a time`,
      inPlace: inputs.flatMap((x, i) => (numel(x.shape) === count && bytesOf(x.dtype) === bytes ? [i] : [])),
      lower: () => ({
        template: "elementwise/map-neon",
        values: {
          outer,
          run: run.count,
          width,
          rest: run.count % width !== 0,
          splats: liveInputs
            .filter((i) => run.operands[i] === 0)
            .map((i) => ({
              index: i,
              type: laneType(inputs[i].dtype),
              at: placeOf(outer, (loop) => loop.operands[i]),
              isFloat: inputs[i].dtype === "float32",
              isBool: inputs[i].dtype === "bool",
            })),
          loads: moving.map((i) => ({
            index: i,
            ...elementOf(inputs[i].dtype, quads),
            at: placeOf(outer, (loop) => loop.operands[i]),
          })),
          quads: Array.from({ length: quads }, (_, quad) => ({
            quad,
            steps: (stepsOf(quad) as LaneStep[]).map(({ type, code }, i) => ({
              index: liveSteps[i],
              type,
              code,
            })),
          })),
          last: steps.length - 1,
          store: elementOf(output.dtype, quads),
          at: placeOf(outer, (loop) => loop.dense),
        },
        parameters: [
          ...liveInputs.map((index): KernelParameter => ({ kind: "input", name: `x${index}`, index })),
          { kind: "output", name: "y", index: 0 },
        ],
        uses: [...new Set((first as LaneStep[]).flatMap((step) => step.uses))],
      }),
    };
  },
};

/** Vectors of a pass: long programs are repeated less, as their own instructions outweigh the loop's. */
function quadsOf(narrowest: number, cost: number, run: number): number {
  const [fewest, most] = narrowest < 4 ? [2, cost > 60 ? 2 : 4] : [1, cost > 20 ? 1 : 2];
  return 4 * most > run ? fewest : most;
}

const bytesOf = (dtype: DType): number => dtypeInfo[dtype].bytes;

/** Instructions to load or store 4 elements and widen or narrow them. */
const moveCost = (dtype: DType): number => ({ 1: 2, 2: 1.5, 4: 1 })[bytesOf(dtype)] ?? 1;

/** How elements of a type come into `quads` vectors of 4 lanes and go back. */
const elementOf = (dtype: DType, quads: number) => ({
  ctype: dtypeInfo[dtype].c,
  bytes: bytesOf(dtype),
  unsigned: dtypeInfo[dtype].kind === "uint",
  isFloat: dtype === "float32",
  isBool: dtype === "bool",
  /** Vectors of 8 elements. */
  pairs: Array.from({ length: quads / 2 }, (_, i) => ({ low: 2 * i, high: 2 * i + 1, offset: 8 * i })),
  each: Array.from({ length: quads }, (_, quad) => ({ quad, offset: 4 * quad })),
});
