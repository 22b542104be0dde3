import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { collapse, type Place, placeOf } from "../elementwise/loops.js";
import type { Accepted, KernelParameter, NodeView, Refused } from "../kernel.js";
import { literal } from "../literal.js";
import { formOf } from "./form.js";
import type { QBinaryAttributes } from "./op.js";

/** A `vcgen.QBinary` of two products over an innermost run of elements, as the SIMD kernels take it. */
export interface SumLoops {
  /** Elements of the run, and in all. */
  readonly run: number;
  readonly count: number;
  readonly inPlace: readonly number[];
  readonly shift: number;
  /** The smallest sum of any pair, before the shift. */
  readonly lowest: number;
  /** Template parameters: the loops around the run, and the numbers of the form. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The run, or why the node has none of at least `shortest` elements. */
export function sumLoops(view: NodeView<QBinaryAttributes>, shortest: number): SumLoops | Refused {
  const shape = view.outputs[0]!.shape;
  const count = numel(shape);
  const loops = collapse(
    shape,
    view.inputs.map((x) => x!.shape),
  );
  const inner = loops[loops.length - 1];
  if (count === 0 || !inner || inner.count < shortest)
    return { refused: `runs of less than ${shortest} elements` };
  const form = formOf(view);
  if (form?.kind !== "sum" || form.even || form.exceptions) {
    return { refused: "no sum of two products is equal for all pairs" };
  }
  // The upper halves of the sums are narrowed in two steps: 16 bits, then 1 to 8.
  if (form.shift < 17 || form.shift > 24) return { refused: `a shift by ${form.shift} bits` };
  const outer = loops.slice(0, -1);
  const start = (index: number): Place => placeOf(outer, (loop) => loop.operands[index]);
  const { slopeA, slopeB, addend, shift } = form;
  const [a, b, y] = [...view.inputs, view.outputs[0]].map((x) => x!.dtype);
  return {
    run: inner.count,
    count,
    inPlace: view.inputs.flatMap((x, i) => (numel(x!.shape) === count ? [i] : [])),
    shift,
    lowest: addend + lowest(a, slopeA) + lowest(b, slopeB),
    values: {
      outer: outer.map(({ counter, count: n }) => ({ counter, count: n })),
      startA: start(0),
      startB: start(1),
      startY: placeOf(outer, (loop) => loop.dense),
      ...{ slopeA, slopeB, addend: literal("int32", addend), shift, narrow: shift - 16 },
      run: inner.count,
      lanes: [0, 1, 2, 3],
      aType: dtypeInfo[a].c,
      bType: dtypeInfo[b].c,
      yType: dtypeInfo[y].c,
      aSigned: a === "int8",
      bSigned: b === "int8",
      ySigned: y === "int8",
      min: dtypeInfo[y].min,
      max: dtypeInfo[y].max,
      /** Operands that do not move along the run. */
      splatA: inner.operands[0] === 0,
      splatB: inner.operands[1] === 0,
    },
  };
}

const lowest = (dtype: DType, slope: number): number =>
  Math.min(dtypeInfo[dtype].min * slope, dtypeInfo[dtype].max * slope);

/** The node taken by a template with these loops, at so many instructions for an element. */
export function acceptSum(sum: SumLoops, template: string, perElement: number): Accepted {
  const parameters: KernelParameter[] = [
    { kind: "input", name: "as", index: 0 },
    { kind: "input", name: "bs", index: 1 },
    { kind: "output", name: "ys", index: 0 },
  ];
  return {
    cost: 20 + (sum.count / sum.run) * 20 + sum.count * perElement,
    reason: "two products",
    inPlace: sum.inPlace,
    notes: ["elementwise: integer arithmetic, 65536/65536 pairs proven"],
    lower: () => ({
      template,
      values: sum.values,
      parameters,
      uses: ["requantize/clamp", "requantize/shift-right"],
    }),
  };
}
