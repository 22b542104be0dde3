import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { numel, stridesOf } from "../../ir/tensor.js";
import { elementLoops } from "../element-loops.js";
import type { Accepted, Kernel, KernelParameter, NodeView } from "../kernel.js";
import { normalizeAxis } from "../op.js";
import { wrappingType } from "../wrapping-type.js";
import type { Reduction, ScatterElementsAttributes } from "./op.js";

/** What the templates need to write `y[at]` combined with `u`. */
function reduction(how: Reduction, dtype: DType): Readonly<Record<string, unknown>> {
  return {
    type: dtypeInfo[dtype].c,
    wide: wrappingType(dtype),
    replace: how === "none",
    select: { max: "<", min: ">" }[how as string] ?? "",
    operator: how === "mul" ? "*" : "+",
  };
}

const parametersOf = ({ inputs }: NodeView): KernelParameter[] => [
  { kind: "input", name: "x", index: 0 },
  ...(numel(inputs[2]!.shape) > 0
    ? ([
        { kind: "input", name: "indices", index: 1 },
        { kind: "input", name: "updates", index: 2 },
      ] as const)
    : []),
  { kind: "output", name: "y", index: 0 },
];

function accepted(view: NodeView, cost: number, template: string, values: object): Accepted {
  const data = view.inputs[0]!;
  const bytes = numel(data.shape) * dtypeInfo[data.dtype].bytes;
  const how = (view.attrs as { reduction: Reduction }).reduction;
  const empty = numel(view.inputs[2]!.shape) === 0;
  return {
    cost: cost + bytes / 3,
    reason: "indices are known only at run time",
    inPlace: [0],
    lower: () =>
      bytes === 0
        ? { template: "copy/nothing", values: {}, parameters: [] }
        : {
            template,
            values: { ...reduction(how, data.dtype), ...values, bytes, empty },
            parameters: parametersOf(view),
            uses: ["index/clamp"],
          },
  };
}

const scatterElements: Kernel = {
  name: "scatter-elements",
  isa: "scalar",
  ops: ["ScatterElements", "Scatter"],
  accept(view) {
    const [data, indices] = [view.inputs[0]!, view.inputs[1]!];
    const axis = normalizeAxis((view.attrs as ScatterElementsAttributes).axis, data.shape.length);
    const values = elementLoops(data.shape, indices.shape, axis);
    return accepted(view, numel(indices.shape) * 22, "scatter/elements", values);
  },
};

const scatterND: Kernel = {
  name: "scatter-nd",
  isa: "scalar",
  ops: ["ScatterND"],
  accept(view) {
    const [data, indices] = [view.inputs[0]!, view.inputs[1]!];
    const depth = indices.shape.at(-1)!;
    const rows = numel(indices.shape.slice(0, -1));
    const inner = numel(data.shape.slice(depth));
    const strides = stridesOf(data.shape);
    const axes = Array.from({ length: depth }, (_, position) => ({
      position,
      size: data.shape[position],
      stride: strides[position],
      scaled: strides[position] !== 1,
      first: position === 0,
    }));
    const indexType = dtypeInfo[indices.dtype].c;
    const runBytes = inner * dtypeInfo[data.dtype].bytes;
    const values = { rows, depth, inner, axes, indexType, runBytes };
    return accepted(view, rows * (12 * depth + 16 + inner * 4), "scatter/nd", values);
  },
};

export const kernels: Kernel[] = [scatterElements, scatterND];
