// Q(s1, z1) -> DQ(s1, z1) -> Q(s2, z2) -> DQ(s2, z2)  =>  Q(s, z) -> DQ(s, z)
//
// with the range that both pairs can represent. ONNX Runtime's rule for 8 bits, each tensor read once.
import { dtypeInfo } from "../ir/dtype.js";
import { GraphEditor } from "../ir/editor.js";
import type { Graph, Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { tensor } from "../ir/tensor.js";
import { asQuantize, is8Bit, type PerTensor, type Qdq, QdqView, samePerTensor } from "./qdq.js";
import { untilUnchanged } from "./until-unchanged.js";

/** The DequantizeLinear that is the only reader of a quantized tensor and has its parameters. */
export function pairOf(q: Qdq | undefined, view: QdqView): Node | undefined {
  if (!q || view.isOutput(q.quantized)) return undefined;
  const [dq, ...others] = view.readers(q.quantized);
  if (others.length > 0 || dq?.op !== "DequantizeLinear") return undefined;
  const back = view.dequantizeOf(dq.outputs[0])!;
  return q.zeroPoint && back.zeroPoint && samePerTensor(view.perTensor(q), view.perTensor(back))
    ? dq
    : undefined;
}

export const removeDoubleQuantization: Pass<"onnx"> = {
  name: "remove-double-quantization",
  summary: "replaces two Q/DQ pairs in a row by one with the range of both",
  run: (graph) => untilUnchanged(graph, step),
};

/** Merges the first two pairs that follow each other. */
function step(graph: Graph<"onnx">): Graph<"onnx"> {
  const view = new QdqView(graph);
  for (const node of graph.nodes) {
    if (node.op !== "QuantizeLinear") continue;
    const first = asQuantize(node);
    const dq = pairOf(first, view);
    const second = dq && view.quantizeOf(dq.outputs[0]);
    const last = second && pairOf(second, view);
    const parameters = last && intersection(view.perTensor(first)!, view.perTensor(second)!);
    if (!parameters) continue;
    const editor = new GraphEditor(graph);
    const operands = addParameters(first, parameters, editor);
    const origin = [...node.origin, ...second.node.origin];
    const inputs = [node.inputs[0], ...operands];
    editor.remove(second.node);
    editor.replace(node, { ...node, inputs, outputs: [second.quantized], origin });
    editor.replace(last, { ...last, inputs: [second.quantized, ...operands] });
    return editor.finish();
  }
  return graph;
}

/** Constants for scale and zero point, named after those of `from`. */
export function addParameters(
  from: Qdq,
  { dtype, scale, zeroPoint }: PerTensor,
  editor: GraphEditor<"onnx">,
): [scale: string, zeroPoint: string] {
  return [
    editor.addConstant(`${from.scale}_merged`, tensor("float32", [], [scale])),
    editor.addConstant(`${from.zeroPoint}_merged`, tensor(dtype, [], [zeroPoint])),
  ];
}

/** Parameters of the range that both represent, in float32; undefined for types ONNX Runtime leaves alone. */
export function intersection(a: PerTensor, b: PerTensor): PerTensor | undefined {
  if (!is8Bit(a.dtype) || a.dtype !== b.dtype) return undefined;
  if (a.zeroPoint === b.zeroPoint && a.scale === b.scale) return a;
  const { min, max } = dtypeInfo[a.dtype];
  const real = (p: PerTensor, q: number) => Math.fround((q - p.zeroPoint) * p.scale);
  const low = Math.max(real(a, min), real(b, min));
  const high = Math.min(real(a, max), real(b, max));
  const scale = Math.fround(Math.fround(high - low) / (max - min));
  const zeroPoint = roundHalfAway(Math.fround(min - Math.fround(low / scale)));
  return { dtype: a.dtype, scale, zeroPoint };
}

const roundHalfAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
