// DequantizeLinear -> Conv, ConvTranspose, MatMul, Gemm -> QuantizeLinear
//   becomes QLinearConv, vcgen.QLinearConvTranspose, QLinearMatMul, QGemm
// DequantizeLinear -> MatMul, Gemm -> float
//   becomes MatMulIntegerToFloat, QGemm with a float output
//
// ONNX Runtime runs some of these in float (int8 tensors with several readers, ConvTranspose). Its sums
// then round in an order of its own; the integer sum is exact, and both agree to float rounding. Only
// depthwise convolutions stay in float with it: their sums are short, so that float gives the same bits.
import { getValue, type Node } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import { normalizeAxis } from "../ops/op.js";
import { integerBias } from "./bias.js";
import { type FusionRule, parametersOf, quantizedOperands } from "./fusion.js";
import { is8Bit, isWeightType, type Qdq, type QdqView } from "./qdq.js";

/** An 8-bit operand with constant parameters for the whole tensor. */
function activation(name: string, view: QdqView): Qdq | undefined {
  const q = view.dequantizeOf(name);
  const parameters = q && view.perTensor(q);
  return parameters && is8Bit(parameters.dtype) ? q : undefined;
}

/** The 8-bit result of a node, with constant parameters for the whole tensor. */
function result(node: Node, view: QdqView): Qdq | undefined {
  const q = view.quantizeOf(node.outputs[0]);
  const parameters = q && view.perTensor(q);
  return parameters && is8Bit(parameters.dtype) ? q : undefined;
}

/** Constant weights of at most 8 bits with parameters for the whole tensor or for each index of `channelAxis`. */
function weights(name: string, channelAxis: number, view: QdqView): Qdq | undefined {
  const q = view.dequantizeOf(name);
  if (!q || !view.constant(q.quantized) || !isWeightType(view.dtype(q.quantized))) return undefined;
  const scale = view.constant(q.scale);
  if (!scale || (q.zeroPoint && !view.constant(q.zeroPoint)) || q.node.attrs.block_size) return undefined;
  if (numel(scale.shape) === 1) return scale.shape.length <= 1 ? q : undefined;
  const rank = view.constant(q.quantized)!.shape.length;
  return normalizeAxis(q.node.attrs.axis as number, rank) === channelAxis ? q : undefined;
}

/** The quantized operands of an operator that can run in integers. */
function operandsOf(node: Node, view: QdqView): readonly [Qdq, Qdq] | undefined {
  const [first, second] = node.inputs;
  const x = activation(first, view);
  const w = x && secondOperand(node, second, view);
  return x && w ? [x, w] : undefined;
}

function secondOperand(node: Node, name: string, view: QdqView): Qdq | undefined {
  switch (node.op) {
    case "Conv":
      return weights(name, 0, view);
    case "ConvTranspose": {
      const w = weights(name, 1, view);
      const perTensor = w && view.perTensor(w);
      return perTensor || node.attrs.group === 1 ? w : undefined;
    }
    case "MatMul":
      return activation(name, view) ?? weights(name, getValue(view.graph, name).shape.length - 1, view);
    case "Gemm":
      return activation(name, view) ?? weights(name, node.attrs.transB ? 0 : 1, view);
    default:
      return undefined;
  }
}

/** Whether this stage can run a node in integers if its output is quantized. */
export const accumulates = (node: Node, view: QdqView): boolean => operandsOf(node, view) !== undefined;

const isDepthwise = (node: Node, view: QdqView): boolean =>
  node.op === "Conv" && Number(node.attrs.group) > 1 && getValue(view.graph, node.inputs[1]).shape[1] === 1;

/** ONNX Runtime on x86 convolves uint8 to uint8 only. */
const sameComputedType = (x: Qdq, y: Qdq, view: QdqView): boolean =>
  view.computedType(x.quantized) === "uint8" && view.computedType(y.quantized) === "uint8";

const conv =
  (op: string): FusionRule =>
  (node, view, editor) => {
    const operands = operandsOf(node, view);
    const quantize = result(node, view);
    if (!operands || !quantize) return undefined;
    if (isDepthwise(node, view) && !sameComputedType(operands[0], quantize, view)) return undefined;
    const bias = integerBias(node, ...operands, view, editor);
    if (bias === undefined) return undefined;
    const inputs = operands.flatMap((o) => quantizedOperands(o, editor));
    return {
      op,
      inputs: [...inputs, ...parametersOf(quantize, editor), ...(bias ? [bias] : [])],
      attrs: node.attrs,
      quantize,
    };
  };

const matMul: FusionRule = (node, view, editor) => {
  const operands = operandsOf(node, view);
  if (!operands) return undefined;
  const quantize = result(node, view);
  if (quantize) {
    const inputs = operands.flatMap((o) => quantizedOperands(o, editor));
    return { op: "QLinearMatMul", inputs: [...inputs, ...parametersOf(quantize, editor)], quantize };
  }
  const [[aScale, aZero], [bScale, bZero]] = operands.map((o) => parametersOf(o, editor));
  return {
    op: "com.microsoft.MatMulIntegerToFloat",
    inputs: [operands[0].quantized, operands[1].quantized, aScale, bScale, aZero, bZero],
    quantize: undefined,
  };
};

const gemm: FusionRule = (node, view, editor) => {
  const { alpha, beta, transA, transB } = node.attrs as Record<string, unknown>;
  const operands = operandsOf(node, view);
  if (!operands || (node.inputs[2] && (beta !== 1 || alpha !== 1))) return undefined;
  const bias = integerBias(node, ...operands, view, editor);
  if (bias === undefined) return undefined;
  const quantize = result(node, view);
  const inputs = [...operands.flatMap((o) => quantizedOperands(o, editor)), bias];
  if (quantize) inputs.push(...parametersOf(quantize, editor));
  return { op: "com.microsoft.QGemm", inputs, attrs: { alpha, transA, transB }, quantize };
};

export const accumulatingRules: Readonly<Record<string, FusionRule>> = {
  Conv: conv("QLinearConv"),
  ConvTranspose: conv("vcgen.QLinearConvTranspose"),
  MatMul: matMul,
  Gemm: gemm,
};
