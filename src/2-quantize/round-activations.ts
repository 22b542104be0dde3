// x, DQ(weights) -> MatMul, Gemm  =>  x rounded to 255 steps of each block, DQ(weights) -> MatMul, Gemm
//
// Where only the weights are quantized, ONNX Runtime's MatMulNBits at accuracy level 4 multiplies integers:
// it rounds the activations to int8, with a scale for each block of a row. The float product of the rounded
// activations is the same up to the rounding of its sum.
import { GraphEditor } from "../ir/editor.js";
import { type Attributes, getValue, type Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { type Shape, tensor } from "../ir/tensor.js";
import { normalizeAxis } from "../ops/op.js";
import { is8Bit, QdqView } from "./qdq.js";

/** The block of weights that are not blocked themselves. */
const defaultBlock = 32;
/** ONNX Runtime dequantizes weights in smaller blocks than this. */
const smallestBlock = 16;

export const roundActivations: Pass<"onnx"> = {
  name: "round-activations",
  summary: "rounds float activations that multiply quantized weights to 8 bits, as ONNX Runtime does",
  run(graph) {
    const view = new QdqView(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      const block = blockOf(node, view);
      if (!block) continue;
      const rounded = round(node, block, view, editor);
      editor.replace(node, { ...node, inputs: [rounded, ...node.inputs.slice(1)] });
    }
    return editor.finish();
  },
};

/** Columns of x that share a scale; undefined where x stays as it is. */
function blockOf(node: Node, view: QdqView): number | undefined {
  const { transA, transB, alpha, beta } = node.attrs;
  const plain = node.op === "Gemm" && !transA && !transB && alpha === 1 && beta === 1;
  if (node.op !== "MatMul" && !plain) return undefined;
  const weights = view.dequantizeOf(node.inputs[1]);
  if (!weights) return undefined;
  const constant = view.constant(weights.quantized);
  if (constant?.shape.length !== 2 || view.dequantizeOf(node.inputs[0])) return undefined;
  if (!is8Bit(constant.dtype) && constant.dtype !== "int4" && constant.dtype !== "uint4") return undefined;
  if (view.constant(node.inputs[0]) || !view.constant(weights.scale)) return undefined;
  if (view.readers(node.outputs[0]).some((reader) => reader.op === "QuantizeLinear")) return undefined;
  const { axis, block_size: size } = weights.node.attrs as { axis: number; block_size: number };
  if (view.perTensor(weights)) return defaultBlock;
  const along = normalizeAxis(axis, 2);
  if (size) return along === 0 && size >= smallestBlock ? size : undefined;
  return along === 1 ? defaultBlock : undefined;
}

/** Adds what rounds x: rne(x * (127 / m)) * (m / 127), where m is the largest |x| of the block. */
function round(node: Node, block: number, view: QdqView, editor: GraphEditor<"onnx">): string {
  const [x] = node.inputs;
  const { shape } = getValue(view.graph, x);
  const depth = shape[shape.length - 1];
  const blocks = Math.ceil(depth / block);
  const wide = [...shape.slice(0, -1), blocks * block];
  const split = [...shape.slice(0, -1), blocks, block];
  const add = (op: string, inputs: readonly string[], to: Shape, attrs: Attributes = {}): string => {
    const y = editor.addValue(`${node.name}_${op}`, "float32", to);
    editor.addNode({ name: y, op, inputs, outputs: [y], attrs, origin: node.origin });
    return y;
  };
  const integers = (values: readonly number[]) =>
    editor.addConstant(`${node.name}_axes`, tensor("int64", [values.length], values));
  const float = (value: number) => editor.addConstant(`${node.name}_value`, tensor("float32", [], [value]));
  const reshape = (from: string, to: Shape) => add("Reshape", [from, integers(to)], to, { allowzero: false });

  const before = [...shape.slice(0, -1).map(() => 0), 0];
  const pads = [...before, ...before.with(-1, blocks * block - depth)];
  const padded = blocks * block === depth ? x : add("Pad", [x, integers(pads)], wide, { mode: "constant" });
  const rows = reshape(padded, split);
  const largest = add(
    "ReduceMax",
    [add("Abs", [rows], split), integers([split.length - 1])],
    split.with(-1, 1),
    {
      keepdims: true,
      noop_with_empty_axes: false,
    },
  );
  // A block of zeros stays one: any divisor but 0 does.
  const range = add("Max", [largest, float(1e-30)], split.with(-1, 1));
  const inverse = add("Div", [float(127), range], split.with(-1, 1));
  const steps = add("Round", [add("Mul", [rows, inverse], split)], split);
  const scale = add("Div", [range, float(127)], split.with(-1, 1));
  const rounded = reshape(add("Mul", [steps, scale], split), wide);
  if (padded === x) return rounded;
  const slice = [rounded, integers([0]), integers([depth]), integers([shape.length - 1])];
  return add("Slice", slice, shape);
}
