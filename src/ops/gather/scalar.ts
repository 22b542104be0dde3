import { dtypeInfo } from "../../ir/dtype.js";
import { numel, stridesOf } from "../../ir/tensor.js";
import { moveType } from "../copy/move-type.js";
import { elementLoops } from "../element-loops.js";
import type { Accepted, Kernel, KernelParameter, NodeView } from "../kernel.js";
import { normalizeAxis } from "../op.js";
import type { GatherAttributes, GatherNDAttributes } from "./op.js";

const uses = ["index/clamp"];

/** Elements with indices computed at run time. */
const parametersOf = ({ inputs }: NodeView): KernelParameter[] => {
  const type = moveType(inputs[0]!.dtype);
  return [
    { kind: "input", name: "x", index: 0, as: type },
    { kind: "input", name: "indices", index: 1 },
    { kind: "output", name: "y", index: 0, as: type },
  ];
};

/** An output without elements needs no code. */
const nothing = { template: "copy/nothing", values: {}, parameters: [] };

function accepted(
  view: NodeView,
  cost: number,
  template: string,
  values: Readonly<Record<string, unknown>>,
): Accepted {
  const empty = numel(view.outputs[0]!.shape) === 0;
  return {
    cost,
    reason: "indices are known only at run time",
    lower: () => (empty ? nothing : { template, values, parameters: parametersOf(view), uses }),
  };
}

const gather: Kernel = {
  name: "gather",
  isa: "scalar",
  ops: ["Gather"],
  accept(view) {
    const [data, indices] = [view.inputs[0]!, view.inputs[1]!];
    const axis = normalizeAxis((view.attrs as GatherAttributes).axis, data.shape.length);
    const outer = numel(data.shape.slice(0, axis));
    const inner = numel(data.shape.slice(axis + 1));
    const count = numel(indices.shape);
    const bytes = inner * dtypeInfo[data.dtype].bytes;
    const values = { outer, count, size: data.shape[axis], inner, bytes };
    return accepted(view, outer * count * (24 + bytes / 3), "gather/gather", values);
  },
};

const gatherElements: Kernel = {
  name: "gather-elements",
  isa: "scalar",
  ops: ["GatherElements"],
  accept(view) {
    const [data, indices] = [view.inputs[0]!, view.inputs[1]!];
    const axis = normalizeAxis((view.attrs as GatherAttributes).axis, data.shape.length);
    const values = elementLoops(data.shape, indices.shape, axis);
    return accepted(view, numel(indices.shape) * 20, "gather/elements", values);
  },
};

const gatherND: Kernel = {
  name: "gather-nd",
  isa: "scalar",
  ops: ["GatherND"],
  accept(view) {
    const [data, indices] = [view.inputs[0]!, view.inputs[1]!];
    const batch = (view.attrs as GatherNDAttributes).batch_dims;
    const depth = indices.shape.at(-1)!;
    const strides = stridesOf(data.shape);
    const batches = numel(data.shape.slice(0, batch));
    const rows = numel(indices.shape.slice(batch, -1));
    const inner = numel(data.shape.slice(batch + depth));
    const bytes = inner * dtypeInfo[data.dtype].bytes;
    const axes = Array.from({ length: depth }, (_, position) => ({
      position,
      size: data.shape[batch + position],
      stride: strides[batch + position],
      scaled: strides[batch + position] !== 1,
    }));
    const batchStride = numel(data.shape.slice(batch));
    const indexType = dtypeInfo[indices.dtype].c;
    const values = { batches, rows, depth, batchStride, axes, inner, bytes, indexType };
    return accepted(view, batches * rows * (12 * depth + 16 + bytes / 3), "gather/nd", values);
  },
};

export const kernels: Kernel[] = [gather, gatherElements, gatherND];
