// constant -> DQ -> Transpose, Reshape, Squeeze, Unsqueeze  =>  rearranged constant -> DQ
//
// PyTorch transposes the quantized weights of a Linear layer where it multiplies by them.
import { GraphEditor } from "../ir/editor.js";
import { type Graph, getValue, type Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { numel, type Shape } from "../ir/tensor.js";
import { normalizeAxis } from "../ops/op.js";
import { references } from "../ops/registry.js";
import { type Qdq, QdqView } from "./qdq.js";
import { untilUnchanged } from "./until-unchanged.js";

const rearrangements: ReadonlySet<string> = new Set([
  "Transpose",
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
]);

export const rearrangeWeights: Pass<"onnx"> = {
  name: "rearrange-weights",
  summary: "rearranges quantized constants instead of what they are dequantized to",
  run: (graph) => untilUnchanged(graph, step),
};

function step(graph: Graph<"onnx">): Graph<"onnx"> {
  const view = new QdqView(graph);
  const editor = new GraphEditor(graph);
  for (const node of graph.nodes) {
    const dq = rearrangements.has(node.op) ? view.dequantizeOf(node.inputs[0]) : undefined;
    if (dq) rearrange(node, dq, view, editor);
  }
  return editor.finish();
}

function rearrange(node: Node, dq: Qdq, view: QdqView, editor: GraphEditor<"onnx">): void {
  const constant = view.constant(dq.quantized);
  const others = node.inputs.slice(1).map((name) => view.constant(name));
  const axis = constant && axisBehind(node, dq, constant.shape, view);
  if (!constant || axis === undefined || node.inputs.slice(1).some((name, i) => name && !others[i])) return;
  const [moved] = references.get(node.op)!([constant, ...others], node.attrs, 1);
  const inputs = [editor.addConstant(`${dq.quantized}_moved`, moved), ...dq.node.inputs.slice(1)];
  const attrs = { ...dq.node.attrs, axis };
  const origin = [...dq.node.origin, ...node.origin];
  editor.replace(node, { name: node.name, op: dq.node.op, inputs, outputs: node.outputs, attrs, origin });
}

/** The axis of the parameters in the rearranged tensor; any, if they are for the whole tensor. */
function axisBehind(node: Node, dq: Qdq, shape: Shape, view: QdqView): number | undefined {
  if (dq.node.attrs.block_size) return undefined;
  if (numel(getValue(view.graph, dq.scale).shape) === 1) return 0;
  const axis = normalizeAxis(dq.node.attrs.axis as number, shape.length);
  if (node.op === "Transpose") {
    const perm =
      (node.attrs.perm as readonly number[] | undefined) ?? shape.map((_, i) => shape.length - 1 - i);
    return perm.indexOf(axis);
  }
  // The same elements in the same order: the axis is where as many elements come before it.
  const target = getValue(view.graph, node.outputs[0]).shape;
  const before = numel(shape.slice(0, axis));
  const found = target.findIndex((d, i) => d === shape[axis] && numel(target.slice(0, i)) === before);
  return found < 0 ? undefined : found;
}
