import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { ProductForm, SumForm } from "../../proof/elementwise/form.js";
import type { Target } from "../../target/target.js";
import { collapse, type Place, placeOf } from "../elementwise/loops.js";
import type { Accepted, KernelParameter, NodeView, Refused } from "../kernel.js";
import { literal } from "../literal.js";
import { formOf } from "./form.js";
import type { QBinaryAttributes } from "./op.js";

/** A `vcgen.QBinary` of products over an innermost run of elements, as the SIMD kernels take it. */
export interface Runs {
  readonly form: SumForm | ProductForm;
  /** Elements of the run, and in all. */
  readonly run: number;
  readonly count: number;
  readonly inPlace: readonly number[];
  /** Template parameters: the loops around the run, and the numbers of the form. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The run, or why the node has none of at least `shortest` elements. */
export function runsOf(view: NodeView<QBinaryAttributes>, target: Target, shortest: number): Runs | Refused {
  const shape = view.outputs[0]!.shape;
  const count = numel(shape);
  const loops = collapse(
    shape,
    view.inputs.map((x) => x!.shape),
  );
  const inner = loops[loops.length - 1];
  if (count === 0 || !inner || inner.count < shortest) {
    return { refused: `runs of less than ${shortest} elements` };
  }
  const form = formOf(view, target);
  if (!form || form.kind === "rows" || form.even || form.exceptions) {
    return { refused: "no sum or product alone is equal for all pairs" };
  }
  // The upper halves of the sums are narrowed in two steps: 16 bits, then 1 to 8.
  if (form.shift < 17 || form.shift > 24) return { refused: `a shift by ${form.shift} bits` };
  const outer = loops.slice(0, -1);
  const start = (index: number): Place => placeOf(outer, (loop) => loop.operands[index]);
  const [a, b, y] = [...view.inputs, view.outputs[0]].map((x) => x!.dtype);
  return {
    form,
    run: inner.count,
    count,
    inPlace: view.inputs.flatMap((x, i) => (numel(x!.shape) === count ? [i] : [])),
    values: {
      outer: outer.map(({ counter, count: n }) => ({ counter, count: n })),
      startA: start(0),
      startB: start(1),
      startY: placeOf(outer, (loop) => loop.dense),
      ...numbersOf(form),
      run: inner.count,
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
      /** A sum has them in its addend. */
      loadA: form.kind !== "sum" || inner.operands[0] !== 0,
      loadB: form.kind !== "sum" || inner.operands[1] !== 0,
    },
  };
}

function numbersOf(form: SumForm | ProductForm): Readonly<Record<string, unknown>> {
  const addend = literal("int32", form.addend);
  const common = { addend, shift: form.shift, narrow: form.shift - 16, isSum: form.kind === "sum" };
  if (form.kind === "sum") return { ...common, slopeA: form.slopeA, slopeB: form.slopeB };
  const { zeroA, zeroB, up, multiplier } = form;
  return { ...common, zeroA, zeroB, up, factor: 2 ** up, multiplier };
}

/** The node taken by a template with these loops, at so many instructions for an element. */
export function acceptRuns(runs: Runs, template: string, perElement: number): Accepted {
  const parameters: KernelParameter[] = [
    { kind: "input", name: "as", index: 0 },
    { kind: "input", name: "bs", index: 1 },
    { kind: "output", name: "ys", index: 0 },
  ];
  const isSum = runs.form.kind === "sum";
  const uses = ["requantize/clamp", "requantize/shift-right"];
  return {
    cost: 20 + (runs.count / runs.run) * 20 + runs.count * perElement,
    reason: isSum ? "two products" : "the upper half of a long product",
    inPlace: runs.inPlace,
    notes: ["elementwise: integer arithmetic, 65536/65536 pairs proven"],
    lower: () => ({
      template,
      values: runs.values,
      parameters,
      uses: isSum ? uses : [...uses, "requantize/multiply-high"],
    }),
  };
}
