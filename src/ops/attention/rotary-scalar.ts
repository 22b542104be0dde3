import { numel } from "../../ir/tensor.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { type RotaryAttributes, rotaryShape } from "./rotary.js";

export const rotaryKernel: Kernel = {
  name: "rotary-embedding",
  isa: "scalar",
  ops: ["RotaryEmbedding"],
  accept(view) {
    const { attrs, inputs } = view as NodeView<RotaryAttributes>;
    const shape = rotaryShape(inputs[0]!, attrs);
    const parameters: KernelParameter[] = ["x", "cos_cache", "sin_cache"].map((name, index) => ({
      kind: "input",
      name,
      index,
    }));
    if (inputs[3]) parameters.push({ kind: "input", name: "ids", index: 3 });
    return {
      cost: 10 + 8 * numel(inputs[0]!.shape),
      reason: `${shape.pairs} pairs of each of ${shape.heads} heads`,
      inPlace: [0],
      lower: () => ({
        template: "attention/rotary",
        values: {
          ...shape,
          ids: inputs[3] !== undefined,
          lastPosition: inputs[1]!.shape[0] - 1,
          left: attrs.interleaved ? "2 * i" : "i",
          right: attrs.interleaved ? "2 * i + 1" : `i + ${shape.pairs}`,
          rotated: 2 * shape.pairs,
          rest: shape.size > 2 * shape.pairs,
        },
        parameters: [...parameters, { kind: "output", name: "y", index: 0 }],
      }),
    };
  },
};
