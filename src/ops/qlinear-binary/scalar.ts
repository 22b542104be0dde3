import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { PairForm, RowsForm } from "../../proof/elementwise/form.js";
import { collapse, placeOf } from "../elementwise/loops.js";
import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import { formOf } from "./form.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";

/** Any `vcgen.QBinary`: integer arithmetic proven equal for all pairs, else the table of all pairs. */
const scalar: Kernel = {
  name: "qbinary",
  isa: "scalar",
  ops: [qbinaryName],
  accept(view, target) {
    const node = view as NodeView<QBinaryAttributes>;
    const form = formOf(node, target);
    const count = numel(view.outputs[0]!.shape);
    const { perElement, reason, note } = describe(form);
    return {
      cost: 10 + count * perElement,
      reason,
      inPlace: view.inputs.flatMap((x, i) => (numel(x!.shape) === count ? [i] : [])),
      notes: [note],
      lower: () => (count === 0 ? nothing : lower(node, form)),
    };
  },
};

/** Instructions for an element, and what the kernel is about. */
const kinds = {
  sum: { cost: 10, reason: "two products" },
  product: { cost: 12, reason: "the upper half of a long product" },
  rows: { cost: 13, reason: "a line for each value of one operand" },
} as const;

function describe(form: PairForm | undefined): { perElement: number; reason: string; note: string } {
  if (!form) return { perElement: 8, reason: "a table", note: "elementwise: table of all pairs" };
  const exceptions = form.exceptions?.pairs.length ?? 0;
  const { cost, reason } = kinds[form.kind];
  return {
    perElement: cost + (form.even ? 2 : 0) + (exceptions > 0 ? 4 : 0),
    reason,
    note: `elementwise: integer arithmetic, 65536/65536 pairs proven${exceptions > 0 ? `, ${exceptions} as exceptions` : ""}`,
  };
}

const nothing: KernelCode = { template: "copy/nothing", values: {}, parameters: [] };

function lower(view: NodeView<QBinaryAttributes>, form: PairForm | undefined): KernelCode {
  const shape = view.outputs[0]!.shape;
  const loops = collapse(
    shape,
    view.inputs.map((x) => x!.shape),
  );
  const { min, max } = dtypeInfo[view.attrs.table.dtype];
  const pattern = (operand: "a" | "b") => !form || (form.kind === "rows" && form.rows === operand);
  const loads = (["a", "b"] as const).map((name, i) => ({
    name,
    type: pattern(name) ? "uint32_t" : "int32_t",
    depth: loops.findLastIndex((loop) => loop.operands[i] !== 0),
    at: placeOf(loops, (loop) => loop.operands[i]),
  }));
  return {
    template: "qlinear-binary/scalar",
    values: {
      loads: loads.filter((load) => load.depth < 0),
      loops: loops.map(({ counter, count }, depth) => ({
        counter,
        count,
        loads: loads.filter((load) => load.depth === depth),
      })),
      at: placeOf(loops, (loop) => loop.dense),
      ctype: dtypeInfo[view.attrs.table.dtype].c,
      min,
      max,
      ...arithmetic(form),
    },
    parameters: [
      ...(["a", "b"] as const).map(
        (name, index): KernelParameter => ({
          kind: "input",
          name: `${name}s`,
          index,
          ...(pattern(name) ? { as: "uint8_t" } : {}),
        }),
      ),
      { kind: "output", name: "y", index: 0 },
      ...tables(view, form),
    ],
    uses: [
      ...(form ? ["requantize/clamp", "requantize/shift-right"] : []),
      ...(form?.kind === "product" ? ["requantize/multiply-high"] : []),
      ...(form?.exceptions ? ["search/contains"] : []),
    ],
  };
}

/** The form as the template names it. */
function arithmetic(form: PairForm | undefined): Readonly<Record<string, unknown>> {
  if (!form) return { kind: "table" };
  const { shift, even, exceptions } = form;
  const common = {
    shift,
    even,
    exceptions: exceptions?.pairs.length ?? 0,
    window: exceptions ? 2 ** shift - 2 ** exceptions.from : 0,
    unit: 2 ** shift,
    constantSum: !even && !exceptions,
  };
  if (form.kind === "sum") {
    const { slopeA, slopeB, addend } = form;
    return { kind: "sum", ...common, slopeA, slopeB, addend: literal("int32", addend) };
  }
  if (form.kind === "product") {
    const { zeroA, zeroB, up, multiplier, addend } = form;
    const numbers = { zeroA, zeroB, factor: 2 ** up, multiplier, addend: literal("int32", addend) };
    return { kind: "product", ...common, ...numbers };
  }
  const { rows, slopes } = form;
  const operands = { row: rows, x: rows === "a" ? "b" : "a" };
  return sharesSlope(form)
    ? { kind: "addends", ...common, ...operands, slope: slopes[0] }
    : { kind: "lines", ...common, ...operands };
}

const sharesSlope = ({ slopes }: RowsForm): boolean => slopes.every((slope) => slope === slopes[0]);

function tables(view: NodeView<QBinaryAttributes>, form: PairForm | undefined): KernelParameter[] {
  if (!form) {
    return [{ kind: "constant", name: "table", ...view.attrs.table, what: "the output for every pair" }];
  }
  const list: KernelParameter[] = [];
  if (form.kind === "rows") {
    const { rows, slopes, addends } = form;
    const lines = new Int32Array(512);
    for (let i = 0; i < 256; i++) lines.set([slopes[i], addends[i]], 2 * i);
    const [name, data, what] = sharesSlope(form)
      ? (["addends", addends, "addend"] as const)
      : (["lines", lines, "slope and addend"] as const);
    list.push({ kind: "constant", name, dtype: "int32", data, what: `${what} for each value of ${rows}` });
  }
  if (form.exceptions) {
    const what = "pairs whose output is one less, a * 256 + b";
    list.push({ kind: "constant", name: "exceptions", dtype: "uint16", data: form.exceptions.pairs, what });
  }
  return list;
}

export const kernels: Kernel[] = [scalar];
