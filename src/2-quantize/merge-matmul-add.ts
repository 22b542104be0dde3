// DQ(a) [.., M, K], DQ(b) [K, N] -> MatMul -> Add(bias [N])  =>  Gemm of the matrix [.. M, K] and bias
//
// The bias then joins the int32 sums. ONNX Runtime merges such pairs, too, before it fuses.
import { GraphEditor } from "../ir/editor.js";
import { getValue } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { numel, tensor } from "../ir/tensor.js";
import { accumulates } from "./accumulating-rules.js";
import { QdqView } from "./qdq.js";

export const mergeMatMulAdd: Pass<"onnx"> = {
  name: "merge-matmul-add",
  summary: "makes a quantized MatMul and the constant bias behind it one Gemm",
  run(graph) {
    const view = new QdqView(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      if (node.op !== "MatMul" || !accumulates(node, view)) continue;
      const [product] = node.outputs;
      const [add, ...others] = view.readers(product);
      if (add?.op !== "Add" || others.length > 0 || view.isOutput(product)) continue;
      const a = getValue(graph, node.inputs[0]);
      const b = getValue(graph, node.inputs[1]);
      const bias = view.constant(add.inputs[add.inputs[0] === product ? 1 : 0]);
      const n = b.shape[b.shape.length - 1];
      if (a.shape.length < 2 || b.shape.length !== 2 || bias?.dtype !== "float32") continue;
      if (numel(bias.shape) !== n || bias.shape[bias.shape.length - 1] !== n) continue;
      const origin = [...node.origin, ...add.origin];
      const rows = numel(a.shape.slice(0, -1));
      const vector = editor.addConstant(`${node.name}_bias`, { ...bias, shape: [n] });
      const flat = a.shape.length === 2;
      const matrix = flat ? a.name : editor.addValue(`${a.name}_rows`, a.dtype, [rows, a.shape.at(-1)!]);
      const result = flat ? add.outputs[0] : editor.addValue(`${product}_rows`, "float32", [rows, n]);
      const reshape = (from: string, to: string) => {
        const { shape } = editor.value(to);
        const target = editor.addConstant(`${to}_shape`, tensor("int64", [shape.length], shape));
        const name = `${to}_reshape`;
        editor.addNode({
          name,
          op: "Reshape",
          inputs: [from, target],
          outputs: [to],
          attrs: { allowzero: false },
          origin,
        });
      };
      editor.remove(add);
      const attrs = { alpha: 1, beta: 1, transA: false, transB: false };
      editor.replace(node, {
        name: node.name,
        op: "Gemm",
        inputs: [matrix, b.name, vector],
        outputs: [result],
        attrs,
        origin,
      });
      if (flat) continue;
      reshape(a.name, matrix);
      reshape(result, add.outputs[0]);
    }
    return editor.finish();
  },
};
