import type { Legalizer } from "../legalize.js";
import { type OnnxSoftmaxAttributes, softmaxAxes, softmaxName } from "./op.js";

const softmax: Legalizer<OnnxSoftmaxAttributes> = ({ node, attrs, outputs }, build) => {
  const output = outputs[0]!;
  const axes = softmaxAxes(attrs, output.shape.length);
  return [build.node(softmaxName, [node.inputs[0]], output, { kind: node.op, axes })];
};

export const legalizers = {
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
} as Record<string, unknown> as Record<string, Legalizer>;
