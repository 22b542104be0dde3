// DQ(s, z) -> Reshape, Transpose, Gather, Pad, MaxPool ... -> Q(s, z)  =>  the operator on the quantized tensor
// DQ(s, z) -> Q(s, z)                                                  =>  nothing
import { GraphEditor } from "../ir/editor.js";
import type { Graph, Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { tensor, toNumbers } from "../ir/tensor.js";
import { quantizeValue } from "../ops/quantization/reference.js";
import { asQuantize, is8Bit, type PerTensor, type Qdq, QdqView, samePerTensor } from "./qdq.js";
import { untilUnchanged } from "./until-unchanged.js";

/** Operators whose outputs hold elements of their first input; of Resize, where its mode is nearest. */
const movements: ReadonlySet<string> = new Set([
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Slice",
  "Split",
  "Gather",
  "GatherElements",
  "GatherND",
  "Expand",
  "Tile",
  "Pad",
  "DepthToSpace",
  "SpaceToDepth",
  "ReverseSequence",
  "MaxPool",
  "ReduceMax",
  "ReduceMin",
  "Resize",
]);

export const moveDataQuantized: Pass<"onnx"> = {
  name: "move-data-quantized",
  summary: "moves quantized tensors as they are where Q undoes DQ",
  run: (graph) => untilUnchanged(graph, step),
};

/** Changes do not get in each other's way: none adds a reader to a float tensor. */
function step(graph: Graph<"onnx">): Graph<"onnx"> {
  const view = new QdqView(graph);
  const editor = new GraphEditor(graph);
  for (const node of graph.nodes) {
    if (node.op === "QuantizeLinear") dropPair(node, view, editor);
    else if (movements.has(node.op)) moveQuantized(node, view, editor);
  }
  return editor.finish();
}

/** DQ -> Q with the same parameters. */
function dropPair(node: Node, view: QdqView, editor: GraphEditor<"onnx">): void {
  const dq = view.dequantizeOf(node.inputs[0]);
  if (!dq || !samePerTensor(view.perTensor(dq), view.perTensor(asQuantize(node)))) return;
  editor.rename(node.outputs[0], dq.quantized);
  editor.remove(node);
}

function moveQuantized(node: Node, view: QdqView, editor: GraphEditor<"onnx">): void {
  const dq = view.dequantizeOf(node.inputs[0]);
  const parameters = dq && view.perTensor(dq);
  if (!dq || !parameters) return;
  const results = node.outputs.map((name) => (name ? view.quantizeOf(name) : undefined));
  if (!node.outputs.every((name, i) => !name || samePerTensor(perTensorOf(results[i], view), parameters)))
    return;
  if (node.op === "Resize" && !(is8Bit(parameters.dtype) && node.attrs.mode === "nearest")) return;
  if (node.op === "MaxPool" && node.outputs[1]) return;
  const inputs = [dq.quantized, ...node.inputs.slice(1)];
  if (node.op === "Pad" && !quantizePadding(inputs, node, parameters, view, editor)) return;
  for (const result of results) if (result) editor.remove(result.node);
  const outputs = results.map((result) => result?.quantized ?? "");
  const origin = [...node.origin, ...results.flatMap((result) => result?.node.origin ?? [])];
  editor.replace(node, { ...node, inputs, outputs, origin });
}

const perTensorOf = (q: Qdq | undefined, view: QdqView): PerTensor | undefined => q && view.perTensor(q);

/** Gives Pad its fill value quantized; false where it is not known. */
function quantizePadding(
  inputs: string[],
  node: Node,
  { scale, zeroPoint, dtype }: PerTensor,
  view: QdqView,
  editor: GraphEditor<"onnx">,
): boolean {
  if (node.attrs.mode !== undefined && node.attrs.mode !== "constant") return true;
  const value = inputs[2] ? view.constant(inputs[2]) : undefined;
  if (inputs[2] && !value) return false;
  const fill = quantizeValue(value ? toNumbers(value)[0] : 0, scale, zeroPoint, dtype);
  inputs[2] = editor.addConstant(`${node.name}_fill`, tensor(dtype, [], [fill]));
  return true;
}
