import { OpError, type ValueInfo } from "../ops/op.js";

/**
 * Where quantized operators take their scales, by input index. ONNX opset 21; com.microsoft as
 * ONNX Runtime's ContribOperators.md has it.
 */
const scaleInputs: Readonly<Record<string, readonly number[]>> = {
  QuantizeLinear: [1],
  DequantizeLinear: [1],
  QLinearConv: [1, 4, 6],
  QLinearMatMul: [1, 4, 6],
  "com.microsoft.QLinearAdd": [1, 4, 6],
  "com.microsoft.QLinearMul": [1, 4, 6],
  "com.microsoft.QLinearSigmoid": [1, 3],
  "com.microsoft.QLinearLeakyRelu": [1, 3],
  "com.microsoft.QLinearSoftmax": [1, 3],
  "com.microsoft.QLinearAveragePool": [1, 3],
  "com.microsoft.QLinearGlobalAveragePool": [1, 3],
  "com.microsoft.QLinearReduceMean": [1, 3],
  "com.microsoft.QLinearWhere": [2, 5, 7],
  "com.microsoft.QGemm": [1, 4, 7],
  "com.microsoft.QLinearConv": [1, 4, 6],
  "com.microsoft.MatMulIntegerToFloat": [2, 3],
  "com.microsoft.DynamicQuantizeMatMul": [2],
};

/** Throws `OpError` where a constant scale is not a positive finite number. */
export function checkScales(op: string, inputs: readonly (ValueInfo | undefined)[]): void {
  // QLinearConcat: y_scale, y_zero_point, then tensor, scale and zero point of each operand.
  const positions =
    op === "com.microsoft.QLinearConcat"
      ? inputs.flatMap((_, i) => (i % 3 === 0 ? [i] : []))
      : (scaleInputs[op] ?? []);
  for (const input of positions) {
    const data = inputs[input]?.data;
    const element = data ? data.findIndex((v) => !(Number(v) > 0 && Number(v) < Infinity)) : -1;
    if (!data || element < 0) continue;
    throw new OpError(
      `the scale (input ${input}) is ${data[element]} at element ${element}; scales are positive and finite`,
      "quantize the model again, with calibration data that reaches every tensor",
    );
  }
}
