// op -> Reshape -> Q                  =>  op -> Q -> DQ -> Reshape -> Q
// DQ -> Transpose -> MatMul           =>  DQ -> Transpose -> Q -> DQ -> MatMul
//
// so that the operators on both sides of a data movement see quantized tensors. ONNX Runtime's
// QDQPropagation, over the same operators.
import { GraphEditor } from "../ir/editor.js";
import type { Graph, Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { asQuantize, type Qdq, QdqView } from "./qdq.js";
import { untilUnchanged } from "./until-unchanged.js";

const movements: ReadonlySet<string> = new Set([
  "MaxPool",
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Slice",
]);

export const propagateQuantization: Pass<"onnx"> = {
  name: "propagate-quantization",
  summary: "carries Q backward and DQ forward over data movements",
  run: (graph) => untilUnchanged(graph, step),
};

/** A pair to insert: value -> Q -> DQ -> readers. */
interface Insertion {
  readonly value: string;
  readonly readers: readonly Node[];
  /** Gives the parameters. */
  readonly like: Qdq;
}

/** Inserts pairs wherever one belongs, as long as they change different nodes. */
function step(graph: Graph<"onnx">): Graph<"onnx"> {
  const view = new QdqView(graph);
  const editor = new GraphEditor(graph);
  const changed = new Set<Node>();
  const outputs = new Map<string, string>();
  for (const node of graph.nodes) {
    const insertion = backward(node, view) ?? forward(node, view);
    if (!insertion) continue;
    const { value, readers } = insertion;
    const touched = [node, ...readers, ...view.readers(value), view.producer(value)];
    if (touched.some((other) => other && changed.has(other))) continue;
    for (const other of touched) if (other) changed.add(other);
    const dequantized = insertPair(insertion, view, editor);
    if (view.producer(value)) outputs.set(value, dequantized);
  }
  return editor.finish(graph.outputs.map((name) => outputs.get(name) ?? name));
}

/** Over the data movement before a Q, whose result nobody else reads. */
function backward(node: Node, view: QdqView): Insertion | undefined {
  if (node.op !== "QuantizeLinear") return undefined;
  const q = asQuantize(node);
  const [moved] = node.inputs;
  const movement = view.producer(moved);
  if (!movement || !movements.has(movement.op) || !readOnce(moved, view) || !view.perTensor(q))
    return undefined;
  const [value] = movement.inputs;
  const source = view.producer(value);
  if (source?.op === "DequantizeLinear" || view.constant(value)) return undefined;
  // A graph input may have other readers, which go on reading it unquantized.
  if (source && !readOnce(value, view)) return undefined;
  return { value, readers: [movement], like: q };
}

const readOnce = (value: string, view: QdqView): boolean =>
  view.readers(value).length === 1 && !view.isOutput(value);

/** Over the data movements that read a DQ; edges that end in a Q need no pair. */
function forward(node: Node, view: QdqView): Insertion | undefined {
  const like = view.dequantizeOf(node.outputs[0]);
  if (!like || !view.perTensor(like)) return undefined;
  for (const movement of view.readers(node.outputs[0])) {
    if (!movements.has(movement.op)) continue;
    const [value] = movement.outputs;
    if (view.isOutput(value) && view.readers(value).length > 0) continue;
    const readers = view.readers(value).filter((reader) => reader.op !== "QuantizeLinear");
    if (readers.length > 0 || view.isOutput(value)) return { value, readers, like };
  }
  return undefined;
}

/** Gives what the readers read now. */
function insertPair({ value, readers, like }: Insertion, view: QdqView, editor: GraphEditor<"onnx">): string {
  const { shape } = editor.value(value);
  const dtype = view.dtype(like.quantized);
  const quantized = editor.addValue(`${value}_q`, dtype, shape);
  const dequantized = editor.addValue(`${value}_dq`, "float32", shape);
  const parameters = [like.scale, ...(like.zeroPoint ? [like.zeroPoint] : [])];
  const attrs = { axis: 1, block_size: 0 };
  const origin = like.node.origin;
  editor.addNode({
    name: `${value}_quantize`,
    op: "QuantizeLinear",
    inputs: [value, ...parameters],
    outputs: [quantized],
    attrs: { ...attrs, output_dtype: dtype, saturate: 1, precision: 0 },
    origin,
  });
  editor.addNode({
    name: `${value}_dequantize`,
    op: "DequantizeLinear",
    inputs: [quantized, ...parameters],
    outputs: [dequantized],
    attrs: { ...attrs, output_dtype: undefined },
    origin,
  });
  for (const reader of new Set(readers)) {
    const inputs = reader.inputs.map((name) => (name === value ? dequantized : name));
    editor.replace(reader, { ...reader, inputs });
  }
  return dequantized;
}
