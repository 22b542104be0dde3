// DequantizeLinear -> operator -> QuantizeLinear  =>  the operator on quantized tensors
import { GraphEditor } from "../ir/editor.js";
import type { Pass } from "../ir/pass.js";
import { accumulatingRules } from "./accumulating-rules.js";
import { clipAfterQuantize } from "./clip-after-quantize.js";
import { elementwiseRules } from "./elementwise-rules.js";
import { applyFusion } from "./fusion.js";
import { QdqView } from "./qdq.js";

const rules = { ...elementwiseRules, ...accumulatingRules };

/** One sweep, as the rules ask for the types in which ONNX Runtime computes before anything is fused. */
export const fuseOperators: Pass<"onnx"> = {
  name: "fuse-operators",
  summary: "runs operators between DQ and Q on the quantized tensors, as ONNX Runtime fuses them",
  run(given, context) {
    const graph = clipAfterQuantize.run(given, context);
    const view = new QdqView(graph, new QdqView(given));
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      const fused = rules[node.op]?.(node, view, editor);
      if (fused) applyFusion(node, fused, editor);
    }
    return editor.finish();
  },
};
