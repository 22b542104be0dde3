import type { Legalizer } from "../legalize.js";
import { constantOf } from "./constants.js";
import { type OnnxConvAttributes, resolveConv } from "./op.js";
import { buildConvolution } from "./to-kernel.js";

const conv: Legalizer<OnnxConvAttributes> = ({ node, attrs, inputs }, build) => {
  const [x, w, bias] = inputs;
  if (!w!.data || (bias && !bias.data)) return undefined;
  const y = buildConvolution(build, {
    x: { name: node.inputs[0], info: x! },
    weights: constantOf(w!),
    bias: bias && constantOf(bias),
    window: resolveConv(attrs, x!.shape, w!.shape),
    group: attrs.group,
    xZeroPoint: 0,
    wZeroPoints: [0],
    output: { kind: "float32" },
  });
  return [y];
};

export const legalizers = { Conv: conv as Legalizer };
