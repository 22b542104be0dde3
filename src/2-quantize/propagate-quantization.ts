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

/** Inserts one pair, or gives the graph back where none belongs. */
function step(graph: Graph<"onnx">): Graph<"onnx"> {
  const view = new QdqView(graph);
  for (const node of graph.nodes) {
    const inserted =
      node.op === "QuantizeLinear"
        ? backward(asQuantize(node), view)
        : node.op === "DequantizeLinear"
          ? forward(view.dequantizeOf(node.outputs[0])!, view)
          : undefined;
    if (inserted) return inserted;
  }
  return graph;
}

/** Moves up the chain of data movements before a Q; each value on the way has one reader. */
function backward(q: Qdq, view: QdqView): Graph<"onnx"> | undefined {
  if (!view.perTensor(q)) return undefined;
  let value = q.node.inputs[0];
  while (readOnce(value, view)) {
    const movement = view.producer(value);
    if (!movement || !movements.has(movement.op)) return undefined;
    value = movement.inputs[0];
    const source = view.producer(value);
    if (source?.op === "DequantizeLinear" || view.constant(value)) return undefined;
    // A graph input may have other readers, which go on reading it unquantized.
    if (source && !readOnce(value, view)) return undefined;
    return insertPair(value, [movement], q, view);
  }
  return undefined;
}

const readOnce = (value: string, view: QdqView): boolean =>
  view.readers(value).length === 1 && !view.isOutput(value);

/** Moves down over the data movements that read a DQ; edges that end in a Q need no pair. */
function forward(dq: Qdq, view: QdqView): Graph<"onnx"> | undefined {
  if (!view.perTensor(dq)) return undefined;
  for (const movement of view.readers(dq.node.outputs[0])) {
    if (!movements.has(movement.op)) continue;
    const [value] = movement.outputs;
    if (view.isOutput(value) && view.readers(value).length > 0) continue;
    const readers = view.readers(value).filter((reader) => reader.op !== "QuantizeLinear");
    if (readers.length > 0 || view.isOutput(value)) return insertPair(value, readers, dq, view);
  }
  return undefined;
}

/** value -> Q -> DQ -> readers, with the parameters of `like`; a graph output reads the DQ, too. */
function insertPair(value: string, readers: readonly Node[], like: Qdq, view: QdqView): Graph<"onnx"> {
  const graph = view.graph as Graph<"onnx">;
  const editor = new GraphEditor(graph);
  const { shape } = editor.value(value);
  const quantized = editor.addValue(`${value}_q`, view.dtype(like.quantized), shape);
  const dequantized = editor.addValue(`${value}_dq`, "float32", shape);
  const parameters = [like.scale, ...(like.zeroPoint ? [like.zeroPoint] : [])];
  const attrs = { axis: 1, block_size: 0 };
  const origin = like.node.origin;
  const output = view.dtype(like.quantized);
  editor.addNode({
    name: `${value}_quantize`,
    op: "QuantizeLinear",
    inputs: [value, ...parameters],
    outputs: [quantized],
    attrs: { ...attrs, output_dtype: output, saturate: 1, precision: 0 },
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
  return editor.finish(graph.outputs.map((name) => (name === value ? dequantized : name)));
}
