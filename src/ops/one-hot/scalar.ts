import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel } from "../kernel.js";
import { type OneHotAttributes, oneHotAxis } from "./op.js";

const oneHot: Kernel = {
  name: "one-hot",
  isa: "scalar",
  ops: ["OneHot"],
  accept({ attrs, inputs, outputs }) {
    const [indices, values] = [inputs[0]!, inputs[2]!];
    const axis = oneHotAxis((attrs as OneHotAttributes).axis, indices.shape.length);
    const depth = outputs[0]!.shape[axis];
    const outer = numel(indices.shape.slice(0, axis));
    const inner = numel(indices.shape.slice(axis));
    return {
      cost: outer * depth * inner * 8,
      reason: `depth ${depth}`,
      lower: () =>
        outer * inner === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "one-hot/one-hot",
              values: {
                outer,
                depth,
                inner,
                type: dtypeInfo[values.dtype].c,
                wide: dtypeInfo[indices.dtype].kind === "float" ? dtypeInfo[indices.dtype].c : "int64_t",
              },
              parameters: [
                { kind: "input", name: "indices", index: 0 },
                { kind: "input", name: "values", index: 2 },
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [oneHot];
