// DequantizeLinear -> Add, Mul, Sigmoid, Concat, pool ... -> QuantizeLinear
//   becomes QLinearAdd, QLinearMul, QLinearSigmoid, QLinearConcat, ...
import type { Node } from "../ir/graph.js";
import { type FusionRule, parametersOf, quantizedOperands } from "./fusion.js";
import { is8Bit, type Qdq, type QdqView } from "./qdq.js";

/** All operands behind DequantizeLinear and the result behind QuantizeLinear, per tensor and of one 8-bit type. */
interface Group {
  readonly operands: readonly Qdq[];
  readonly quantize: Qdq;
  /** ONNX Runtime computes on the same type at every edge, so that it fuses the group, too. */
  readonly fusedThere: boolean;
  /** ONNX Runtime computes on uint8 where the model says int8. */
  readonly unsigned: boolean;
}

function groupOf(node: Node, inputs: readonly string[], view: QdqView): Group | undefined {
  const quantize = view.quantizeOf(node.outputs[0]);
  const operands = inputs.map((name) => view.dequantizeOf(name));
  if (!quantize || !operands.every((o) => o !== undefined)) return undefined;
  const edges = [...operands, quantize];
  const dtype = view.dtype(quantize.quantized);
  if (!is8Bit(dtype) || !edges.every((e) => view.perTensor(e)?.dtype === dtype)) return undefined;
  const types = new Set(edges.map((e) => view.computedType(e.quantized)));
  return { operands, quantize, fusedThere: types.size === 1, unsigned: !types.has(dtype) };
}

/**
 * For operators whose fused kernel rounds otherwise than the float operator between DQ and Q: fused
 * where ONNX Runtime fuses, so that both round alike.
 */
const whereRuntimeFuses =
  (op: string, attributes: (node: Node, unsigned: boolean) => Node["attrs"]): FusionRule =>
  (node, view, editor) => {
    const group = groupOf(node, node.inputs, view);
    if (!group?.fusedThere) return undefined;
    const { operands, quantize, unsigned } = group;
    return {
      op,
      inputs: [...operands.flatMap((o) => quantizedOperands(o, editor)), ...parametersOf(quantize, editor)],
      attrs: attributes(node, unsigned),
      quantize,
    };
  };

/** For operators that give the same bits fused and in float: fused wherever the types allow. */
const always =
  (op: string, attributes: (node: Node) => Node["attrs"] = () => ({})): FusionRule =>
  (node, view, editor) => {
    const group = groupOf(node, node.inputs, view);
    if (!group) return undefined;
    const { operands, quantize } = group;
    return {
      op,
      inputs: [...operands.flatMap((o) => quantizedOperands(o, editor)), ...parametersOf(quantize, editor)],
      attrs: attributes(node),
      quantize,
    };
  };

const concat: FusionRule = (node, view, editor) => {
  const group = groupOf(node, node.inputs, view);
  if (!group) return undefined;
  const { operands, quantize } = group;
  return {
    op: "com.microsoft.QLinearConcat",
    inputs: [...parametersOf(quantize, editor), ...operands.flatMap((o) => quantizedOperands(o, editor))],
    attrs: { axis: node.attrs.axis },
    quantize,
  };
};

const where: FusionRule = (node, view, editor) => {
  const group = groupOf(node, node.inputs.slice(1), view);
  if (!group) return undefined;
  const { operands, quantize } = group;
  const parameters = operands.flatMap((o) => quantizedOperands(o, editor));
  return {
    op: "com.microsoft.QLinearWhere",
    inputs: [node.inputs[0], ...parameters, ...parametersOf(quantize, editor)],
    quantize,
  };
};

/** The fused pool knows no dilations. */
const averagePool: FusionRule = (node, view, editor) => {
  const { dilations, ...attrs } = node.attrs as { dilations?: readonly number[] };
  if (dilations?.some((d) => d !== 1)) return undefined;
  const rule = whereRuntimeFuses("com.microsoft.QLinearAveragePool", (_, unsigned) => ({
    ...attrs,
    channels_last: false,
    unsigned,
  }));
  return rule(node, view, editor);
};

export const elementwiseRules: Readonly<Record<string, FusionRule>> = {
  Add: whereRuntimeFuses("com.microsoft.QLinearAdd", (_, unsigned) => ({ unsigned })),
  Mul: whereRuntimeFuses("com.microsoft.QLinearMul", (_, unsigned) => ({ unsigned })),
  Softmax: whereRuntimeFuses("com.microsoft.QLinearSoftmax", (n, unsigned) => ({
    axis: n.attrs.axis,
    opset: n.attrs.flatten ? 12 : 13,
    unsigned,
  })),
  AveragePool: averagePool,
  GlobalAveragePool: whereRuntimeFuses("com.microsoft.QLinearGlobalAveragePool", () => ({
    channels_last: false,
  })),
  Sigmoid: always("com.microsoft.QLinearSigmoid"),
  LeakyRelu: always("com.microsoft.QLinearLeakyRelu", (n) => ({ alpha: n.attrs.alpha })),
  Concat: concat,
  Where: where,
};
