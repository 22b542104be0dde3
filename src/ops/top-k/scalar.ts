import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel, KernelParameter } from "../kernel.js";
import { normalizeAxis } from "../op.js";
import type { TopKAttributes } from "./op.js";

/** Every element is inserted into the list of the best so far, if it belongs there. */
const topK: Kernel = {
  name: "top-k",
  isa: "scalar",
  ops: ["TopK"],
  accept({ node, attrs, inputs, outputs }) {
    const { axis: axisAttribute, largest } = attrs as TopKAttributes;
    const { dtype, shape } = inputs[0]!;
    const axis = normalizeAxis(axisAttribute, shape.length);
    const k = Number(inputs[1]!.data![0]);
    const [outer, count, inner] = [numel(shape.slice(0, axis)), shape[axis], numel(shape.slice(axis + 1))];
    const type = dtypeInfo[dtype].c;
    // The best values are needed for comparison also where the graph uses only their positions.
    const hasValues = outputs[0] !== undefined && node.outputs[0] !== "";
    const hasIndices = outputs[1] !== undefined && node.outputs[1] !== "";
    const values: KernelParameter = hasValues
      ? { kind: "output", name: "values", index: 0 }
      : { kind: "scratch", name: "values", ctype: type };
    return {
      cost: outer * inner * count * (8 + k),
      reason: `insertion into lists of ${k}`,
      ...(hasValues ? {} : { scratch: outer * k * inner * dtypeInfo[dtype].bytes }),
      lower: () =>
        outer * inner * k === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "top-k/top-k",
              values: {
                type,
                outer,
                count,
                inner,
                k,
                before: largest ? ">" : "<",
                largest,
                float: dtypeInfo[dtype].kind === "float",
                hasIndices,
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                values,
                ...(hasIndices ? [{ kind: "output", name: "indices", index: 1 } as const] : []),
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [topK];
