// x -> Relu -> Q(zero point = smallest value)  =>  x -> Q
// x -> Clip(range holds that of Q)   -> Q      =>  x -> Q
import { dtypeInfo } from "../ir/dtype.js";
import { GraphEditor } from "../ir/editor.js";
import type { Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { toNumbers } from "../ir/tensor.js";
import { quantizeValue } from "../ops/quantization/reference.js";
import { type PerTensor, QdqView } from "./qdq.js";

/** The least and greatest value that Relu or Clip gives; undefined if they are not known. */
export function clipBounds(node: Node, view: QdqView): readonly [number, number] | undefined {
  if (node.op === "Relu") return [0, Number.POSITIVE_INFINITY];
  if (node.op !== "Clip") return undefined;
  const bounds = [node.inputs[1], node.inputs[2]].map((name) => (name ? view.constant(name) : undefined));
  if ((node.inputs[1] && !bounds[0]) || (node.inputs[2] && !bounds[1])) return undefined;
  const [low, high] = bounds.map((b) => (b ? toNumbers(b)[0] : undefined));
  return [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
}

/** The bounds quantized: what a clip before Q means behind it, since Q is monotone. */
export function quantizedBounds(
  [low, high]: readonly [number, number],
  { scale, zeroPoint, dtype }: PerTensor,
): readonly [number, number] {
  return [quantizeValue(low, scale, zeroPoint, dtype), quantizeValue(high, scale, zeroPoint, dtype)];
}

export const dropRedundantClips: Pass<"onnx"> = {
  name: "drop-redundant-clips",
  summary: "removes Relu and Clip that the saturation of the following Q makes redundant",
  run(graph) {
    const view = new QdqView(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      const bounds = clipBounds(node, view);
      const quantize = bounds && view.quantizeOf(node.outputs[0]);
      const parameters = quantize && view.perTensor(quantize);
      if (!bounds || !parameters || bounds[0] > bounds[1]) continue;
      const [low, high] = quantizedBounds(bounds, parameters);
      const { min, max } = dtypeInfo[parameters.dtype];
      if (low > min || high < max) continue;
      editor.rename(node.outputs[0], node.inputs[0]);
      editor.remove(node);
    }
    return editor.finish();
  },
};
