import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { moveType } from "../copy/move-type.js";
import type { Kernel } from "../kernel.js";
import type { ReverseSequenceAttributes } from "./op.js";

const reverseSequence: Kernel = {
  name: "reverse-sequence",
  isa: "scalar",
  ops: ["ReverseSequence"],
  accept({ attrs, inputs }) {
    const { batch_axis: batch, time_axis: time } = attrs as ReverseSequenceAttributes;
    const { dtype, shape } = inputs[0]!;
    const inner = numel(shape.slice(2));
    const bytes = inner * dtypeInfo[dtype].bytes;
    const type = moveType(dtype);
    return {
      cost: shape[0] * shape[1] * (14 + bytes / 3),
      reason: "lengths are known only at run time",
      lower: () =>
        numel(shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "reverse-sequence/reverse-sequence",
              values: {
                batches: shape[batch],
                steps: shape[time],
                batchStride: batch === 0 ? shape[1] * inner : inner,
                timeStride: time === 0 ? shape[1] * inner : inner,
                bytes,
              },
              parameters: [
                { kind: "input", name: "x", index: 0, as: type },
                { kind: "input", name: "lengths", index: 1 },
                { kind: "output", name: "y", index: 0, as: type },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [reverseSequence];
