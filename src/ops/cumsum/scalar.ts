import { dtypeInfo } from "../../ir/dtype.js";
import { numel, toNumbers } from "../../ir/tensor.js";
import type { Kernel } from "../kernel.js";
import { normalizeAxis } from "../op.js";
import { wrappingType } from "../wrapping-type.js";
import type { CumSumAttributes } from "./op.js";

const cumSum: Kernel = {
  name: "cumsum",
  isa: "scalar",
  ops: ["CumSum"],
  accept({ attrs, inputs }) {
    const { exclusive, reverse } = attrs as CumSumAttributes;
    const [x, axisOperand] = [inputs[0]!, inputs[1]!];
    const axis = normalizeAxis(toNumbers({ ...axisOperand, data: axisOperand.data! })[0], x.shape.length);
    const [outer, count, inner] = [
      numel(x.shape.slice(0, axis)),
      x.shape[axis],
      numel(x.shape.slice(axis + 1)),
    ];
    return {
      cost: numel(x.shape) * 6,
      reason: `${outer * inner} sums of ${count}`,
      ...(exclusive ? {} : { inPlace: [0] }),
      lower: () =>
        numel(x.shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "cumsum/cumsum",
              values: {
                type: dtypeInfo[x.dtype].c,
                wide: wrappingType(x.dtype),
                outer,
                count,
                inner,
                block: count * inner,
                last: (count - 1) * inner,
                exclusive,
                reverse,
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [cumSum];
