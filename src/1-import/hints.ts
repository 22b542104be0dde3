import type { ValueInfo } from "../ops/op.js";

const unroll = "unroll the loop when exporting: run it a fixed number of times, over Python numbers";
const sequences =
  "export without lists of tensors: torch.stack or torch.cat them, and give the model several inputs or outputs in place of a list";
const strings = "work on strings outside the model and give it numbers";
const detection =
  "end the model before this operator and compute it in the application, on the model's outputs";
const training = "export the model for inference: model.eval(), without its loss";

/** What users can do about operators that people often meet, by operator. */
const byOperator: Readonly<Record<string, string>> = {
  SequenceMap: unroll,
  Optional: sequences,
  OptionalGetElement: sequences,
  OptionalHasElement: sequences,
  RegexFullMatch: strings,
  StringConcat: strings,
  StringNormalizer: strings,
  StringSplit: strings,
  TfIdfVectorizer: strings,
  ImageDecoder: "decode the image outside the model and give it the pixels",
  NonMaxSuppression: detection,
  MaxRoiPool: detection,
  RoiAlign: detection,
  MaxUnpool: "replace MaxUnpool by Resize or ConvTranspose when training",
  NegativeLogLikelihoodLoss: training,
  SoftmaxCrossEntropyLoss: training,
};

const qonnx = "convert QONNX operators to QuantizeLinear and DequantizeLinear: Brevitas has export_onnx_qcdq";

/** By domain, where the operator itself has none. */
const byDomain: Readonly<Record<string, string>> = {
  "com.microsoft":
    "ONNX Runtime's optimizer makes such operators: take the model from before it, or optimize with " +
    "graph_optimization_level ORT_ENABLE_BASIC at most",
  "com.microsoft.nchwc":
    "save the model before ONNX Runtime's layout optimization: at most ORT_ENABLE_EXTENDED",
  "com.ms.internal.nhwc":
    "save the model before ONNX Runtime's layout optimization: at most ORT_ENABLE_EXTENDED",
  "ai.onnx.ml": "keep classical estimators and preprocessing outside the model",
  "ai.onnx.preview.training": training,
  "ai.onnx.training": training,
  "org.pytorch.aten":
    "export with torch.onnx.export(..., dynamo=True) or a newer opset, so that no ATen operator is left",
  aten: "export with torch.onnx.export(..., dynamo=True) or a newer opset, so that no ATen operator is left",
  "qonnx.custom_op.general": qonnx,
  "onnx.brevitas": qonnx,
};

/** What can be done about an operator that vcgen does not have. */
export const operatorHint = (domain: string, opType: string): string =>
  (domain === "" ? byOperator[opType] : byDomain[domain]) ??
  (domain === ""
    ? "express it with operators that vcgen has (src/ops/OPERATORS.md lists them), or split the model there"
    : "register a symbolic function that exports it as standard ONNX operators, or split the model there");

/** What can be done about a node of a type that its operator does not take; undefined where that is not the matter. */
export function typeHint(message: string, operands: readonly (ValueInfo | undefined)[]): string | undefined {
  if (!/\b(float64|bool|u?int\d+)\b/.test(message) || message.startsWith("attribute")) return undefined;
  return operands.some((operand) => operand?.dtype === "float64")
    ? "export the model in float32: model.float() before the export"
    : "put a Cast to float32 before the node, or export this part in float32";
}
