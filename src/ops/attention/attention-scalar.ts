import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import { type AttentionAttributes, attentionScale, attentionShape, maskLayout } from "./attention.js";

/** Attention a query at a time: its scores are in scratch, never the whole matrix. */
export const attentionKernel: Kernel = {
  name: "attention",
  isa: "scalar",
  ops: ["Attention"],
  accept(view, target) {
    const { attrs, inputs } = view as NodeView<AttentionAttributes>;
    const { batch, heads, queries, total, headSize, valueSize } = attentionShape(inputs, attrs);
    const perMac = target.features.fpu === "none" ? 120 : 4;
    return {
      cost: batch * heads * queries * total * (perMac * (headSize + valueSize) + 60),
      reason: `${heads} heads, ${queries} queries, ${total} keys`,
      scratch: 4 * Math.max(total, 1),
      lower: () => lower(view as NodeView<AttentionAttributes>),
    };
  },
};

const inputNames = ["q", "k", "v", "mask", "past_key", "past_value", "lengths"];
const outputNames = ["y", "present_key", "present_value", "qk"];

function lower({ attrs, inputs, outputs }: NodeView<AttentionAttributes>): KernelCode {
  const shape = attentionShape(inputs, attrs);
  const [, , , mask, past, , lengths] = inputs;
  const parameters: KernelParameter[] = inputs.flatMap((info, index): KernelParameter[] =>
    info ? [{ kind: "input", name: inputNames[index], index }] : [],
  );
  outputNames.forEach((name, index) => {
    if (outputs[index]) parameters.push({ kind: "output", name, index });
  });
  const { left_window_size: left, right_window_size: right, is_causal: causal } = attrs;
  const ahead = causal ? 0 : right;
  const mode = outputs[3] ? attrs.qk_matmul_output_mode : -1;
  const { kvHeads, past: pastRows, total, headSize, valueSize, strides } = shape;
  const caches = [
    { name: "key", x: "k", size: headSize, strides: strides.k, output: outputs[1] },
    { name: "value", x: "v", size: valueSize, strides: strides.v, output: outputs[2] },
  ];
  return {
    template: "attention/attention",
    values: {
      ...shape,
      group: shape.heads / kvHeads,
      hasPast: past !== undefined,
      mask: mask ? maskLayout(mask, shape) : false,
      boolMask: mask?.dtype === "bool",
      shortMask: mask !== undefined && maskLayout(mask, shape).length < total,
      lengths: lengths !== undefined,
      positioned: left >= 0 || ahead >= 0,
      offset: past ? `${pastRows}` : lengths ? `length - ${shape.queries}` : "0",
      first: left >= 0,
      left: Math.min(left, 2 ** 24),
      last: ahead >= 0,
      ahead: Math.min(ahead, 2 ** 24),
      scale: literal("float32", attentionScale(attrs, headSize)),
      softcap: attrs.softcap > 0 && literal("float32", attrs.softcap),
      keepProducts: mode === 0,
      keepCapped: mode === 1,
      keepMasked: mode === 2,
      keepWeights: mode === 3,
      y: outputs[0] !== undefined,
      presents: caches
        .filter(({ output }) => output)
        .map((cache) => ({
          ...cache,
          kvHeads,
          total,
          past: pastRows,
          hasPast: past !== undefined,
          batch: shape.batch,
        })),
    },
    parameters: [...parameters, { kind: "scratch", name: "scores", ctype: "float" }],
    uses: ["math/max", "math/exp", ...(attrs.softcap > 0 ? ["math/tanh"] : [])],
  };
}
