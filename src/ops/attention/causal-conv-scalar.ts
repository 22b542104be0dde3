import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import type { CausalConvAttributes } from "./causal-conv.js";

const inputNames = ["x", "weight", "bias", "past"];

export const causalConvKernel: Kernel = {
  name: "causal-conv",
  isa: "scalar",
  ops: ["CausalConvWithState"],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<CausalConvAttributes>;
    const [batch, channels, time] = inputs[0]!.shape;
    const taps = inputs[1]!.shape[2];
    const parameters: KernelParameter[] = inputs.flatMap((info, index): KernelParameter[] =>
      info ? [{ kind: "input", name: inputNames[index], index }] : [],
    );
    ["y", "state"].forEach((name, index) => {
      if (outputs[index]) parameters.push({ kind: "output", name, index });
    });
    const activated = attrs.activation !== "none";
    const perTap = target.features.fpu === "none" ? 120 : 5;
    return {
      cost: 10 + batch * channels * time * (perTap * taps + (activated ? 40 : 4)),
      reason: `${channels} channels, ${taps} taps`,
      lower: () => ({
        template: "attention/causal-conv",
        values: {
          rows: batch * channels,
          channels,
          time,
          taps,
          before: taps - 1,
          bias: inputs[2] !== undefined,
          past: inputs[3] !== undefined && taps > 1,
          unused: inputs[3] !== undefined && taps === 1 ? "past" : false,
          activated,
          y: outputs[0] !== undefined,
          state: outputs[1] !== undefined,
        },
        parameters,
        uses: activated ? ["math/sigmoid"] : [],
      }),
    };
  },
};
