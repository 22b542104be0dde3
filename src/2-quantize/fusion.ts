import type { DType } from "../ir/dtype.js";
import type { GraphEditor } from "../ir/editor.js";
import type { Attributes, Node } from "../ir/graph.js";
import { tensor } from "../ir/tensor.js";
import type { Qdq, QdqView } from "./qdq.js";

/** What a rule puts in the place of a node and the QuantizeLinear that reads it, if one does. */
export interface Fused {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attrs?: Attributes;
  /** Undefined where the operator itself gives the node's float output. */
  readonly quantize: Qdq | undefined;
}

/** Gives what a node becomes, or undefined to leave it in float. */
export type FusionRule = (node: Node, view: QdqView, editor: GraphEditor<"onnx">) => Fused | undefined;

/** Replaces a node, and the QuantizeLinear behind it. DequantizeLinear nodes go when nothing reads them. */
export function applyFusion(node: Node, fused: Fused, editor: GraphEditor<"onnx">): void {
  const { op, inputs, attrs, quantize } = fused;
  const origin = quantize ? [...node.origin, ...quantize.node.origin] : node.origin;
  const outputs = quantize ? [quantize.quantized] : node.outputs;
  if (quantize) editor.remove(quantize.node);
  editor.replace(node, { name: node.name, op, inputs, outputs, attrs, origin });
}

/** x, scale, zero point: three operands of a QOperator. A zero point that is left out is 0. */
export const quantizedOperands = (q: Qdq, editor: GraphEditor<"onnx">): string[] => [
  q.quantized,
  ...parametersOf(q, editor),
];

/** Scale and zero point. */
export function parametersOf(q: Qdq, editor: GraphEditor<"onnx">): string[] {
  return [q.scale, q.zeroPoint || zeroOf(editor.value(q.quantized).dtype, q, editor)];
}

function zeroOf(dtype: DType, q: Qdq, editor: GraphEditor<"onnx">): string {
  const { shape } = editor.value(q.scale);
  const zeros = new Array<number>(shape.reduce((n, d) => n * d, 1)).fill(0);
  return editor.addConstant(`${q.quantized}_zero_point`, tensor(dtype, shape, zeros));
}
