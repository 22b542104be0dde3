import { constantOf } from "../conv/constants.js";
import type { Legalizer } from "../legalize.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "./op.js";
import { buildConvTranspose } from "./to-kernel.js";

const convTranspose: Legalizer<OnnxConvTransposeAttributes> = ({ node, attrs, inputs }, build) => {
  const [x, w, bias] = inputs;
  if (!w!.data || (bias && !bias.data)) return undefined;
  const y = buildConvTranspose(build, {
    x: { name: node.inputs[0], info: x! },
    weights: constantOf(w!),
    bias: bias && constantOf(bias),
    window: resolveConvTranspose(attrs, x!.shape, w!.shape),
    group: attrs.group,
    xZeroPoint: 0,
    wZeroPoints: [0],
    output: { kind: "float32" },
  });
  return [y];
};

export const legalizers = { ConvTranspose: convTranspose as Legalizer };
