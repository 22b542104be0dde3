// Q(s1, z1) -> DQ -> Transpose -> Q(s2, z2) -> DQ -> op -> .. -> Transpose
//   => Q(s, z) -> DQ -> Transpose -> Q(s2, z2) -> DQ -> op -> .. -> Transpose
//
// with the range (s, z) that both pairs represent. ONNX Runtime's transpose optimizer pushes the first
// Transpose over the pair after it, towards the second one. The two pairs then follow each other and
// merge, and a pair like the one it was pushed over is put behind the Transpose again.
import { GraphEditor } from "../ir/editor.js";
import type { Graph, Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { asQuantize, QdqView, samePerTensor } from "./qdq.js";
import { addParameters, intersection, pairOf } from "./remove-double-quantization.js";

/** Operators that a Transpose moves over, by the inputs that it moves to. */
const overAllInputs: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Min", "Max", "Mean", "Sum", "Mod", "Pow", "PRelu", "Where", "Concat"],
  ...["And", "Or", "Xor", "BitShift", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"],
]);
const overFirstInput: ReadonlySet<string> = new Set([
  ...["QuantizeLinear", "DequantizeLinear", "Cast", "Identity", "Clip", "Softmax", "LogSoftmax", "Hardmax"],
  ...["Split", "Slice", "Pad", "Squeeze", "Unsqueeze", "Tile", "Gather", "ArgMin", "ArgMax", "Not"],
  ...["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"],
  ...["ReduceProd", "ReduceSum", "ReduceSumSquare", "Abs", "Ceil", "Erf", "Exp", "Floor", "Log", "Neg"],
  ...["Reciprocal", "Round", "Sign", "Sqrt", "Sin", "Cos", "Tan", "Tanh", "Sigmoid", "HardSigmoid", "Relu"],
  ...["LeakyRelu", "Elu", "Celu", "Selu", "Softplus", "Softsign", "ThresholdedRelu", "HardSwish", "Shrink"],
]);

export const narrowBeforeTranspose: Pass<"onnx"> = {
  name: "narrow-before-transpose",
  summary: "gives a Q/DQ pair before a Transpose the range that the pair after it has in common with it",
  run: (graph) => {
    const view = new QdqView(graph);
    const leading = valuesLeadingToTranspose(graph);
    const editor = new GraphEditor(graph);
    for (const transpose of graph.nodes) {
      if (transpose.op === "Transpose") narrow(transpose, view, leading, editor);
    }
    return editor.finish();
  },
};

/** Values from which a path of operators that a Transpose moves over ends in a Transpose. */
function valuesLeadingToTranspose(graph: Graph): ReadonlySet<string> {
  const leading = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (node.op === "Transpose") leading.add(node.inputs[0]);
    else if (node.outputs.some((output) => leading.has(output))) {
      const count = overAllInputs.has(node.op) ? node.inputs.length : Number(overFirstInput.has(node.op));
      for (const input of node.inputs.slice(0, count)) leading.add(input);
    }
  }
  return leading;
}

function narrow(
  transpose: Node,
  view: QdqView,
  leading: ReadonlySet<string>,
  editor: GraphEditor<"onnx">,
): void {
  const [input] = transpose.inputs;
  const [output] = transpose.outputs;
  const before = view.dequantizeOf(input);
  const quantize = before && view.producer(before.quantized);
  const after = view.quantizeOf(output);
  const last = after && pairOf(after, view);
  if (!before || quantize?.op !== "QuantizeLinear" || !last || !leading.has(last.outputs[0])) return;
  const first = asQuantize(quantize);
  const readOnce = view.readers(input).length === 1 && !view.isOutput(input);
  if (!readOnce || pairOf(first, view) !== before.node) return;
  const [a, b] = [view.perTensor(first)!, view.perTensor(after)!];
  const common = samePerTensor(a, b) ? undefined : intersection(a, b);
  if (!common) return;
  const parameters = addParameters(first, common, editor);
  editor.replace(quantize, { ...quantize, inputs: [quantize.inputs[0], ...parameters] });
  editor.replace(before.node, { ...before.node, inputs: [first.quantized, ...parameters] });
}
