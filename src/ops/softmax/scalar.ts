import { numel } from "../../ir/tensor.js";
import { collapse, placeOf } from "../elementwise/loops.js";
import type { Kernel } from "../kernel.js";
import { type SoftmaxAttributes, softmaxName } from "./op.js";

const templates = {
  Softmax: { template: "softmax/softmax", uses: ["math/max", "math/exp"] },
  LogSoftmax: { template: "softmax/log-softmax", uses: ["math/max", "math/exp", "math/log"] },
  Hardmax: { template: "softmax/hardmax", uses: [] },
};

const softmaxKernel: Kernel = {
  name: "softmax",
  isa: "scalar",
  ops: [softmaxName],
  accept(view) {
    const { kind, axes } = view.attrs as SoftmaxAttributes;
    const { shape } = view.outputs[0]!;
    const loops = collapse(shape, [], axes);
    return {
      cost: 10 + 60 * numel(shape),
      reason: `${kind} over axes ${axes.join(", ")}`,
      inPlace: [0],
      lower: () =>
        numel(shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              ...templates[kind],
              values: {
                kept: loops.filter((loop) => !loop.reduced),
                reduced: loops.filter((loop) => loop.reduced),
                at: placeOf(loops, (loop) => loop.dense),
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [softmaxKernel];
