import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import { type LinearAttentionAttributes, linearAttentionShape } from "./linear.js";

const inputNames = ["q", "k", "v", "past", "decay", "beta"];

/** The state is kept in its output, or in scratch where the graph leaves that out. */
export const linearAttentionKernel: Kernel = {
  name: "linear-attention",
  isa: "scalar",
  ops: ["LinearAttention"],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<LinearAttentionAttributes>;
    const shape = linearAttentionShape(inputs, attrs);
    const { batch, time, heads, kvHeads, keySize, valueSize } = shape;
    const parameters: KernelParameter[] = inputs.flatMap((info, index): KernelParameter[] =>
      info ? [{ kind: "input", name: inputNames[index], index }] : [],
    );
    if (outputs[0]) parameters.push({ kind: "output", name: "y", index: 0 });
    parameters.push(
      outputs[1]
        ? { kind: "output", name: "state", index: 1 }
        : { kind: "scratch", name: "state", ctype: "float" },
    );
    const perMac = target.features.fpu === "none" ? 120 : 5;
    const products = (inputs[5] ? 2 : 1) * kvHeads + heads + (inputs[4] ? kvHeads : 0);
    return {
      cost: 10 + batch * time * keySize * valueSize * perMac * products,
      reason: `${attrs.update_rule} rule, ${kvHeads} states of ${keySize} x ${valueSize}`,
      scratch: outputs[1] ? 0 : 4 * batch * kvHeads * keySize * valueSize,
      lower: () => ({
        template: "attention/linear",
        values: {
          ...shape,
          group: heads / kvHeads,
          scale: literal("float32", shape.scale),
          past: inputs[3] !== undefined,
          decay: inputs[4] !== undefined,
          beta: inputs[5] !== undefined,
          y: outputs[0] !== undefined,
          states: batch * kvHeads * keySize * valueSize,
          stateSize: keySize * valueSize,
        },
        parameters,
        uses: inputs[4] ? ["math/exp"] : [],
      }),
    };
  },
};
