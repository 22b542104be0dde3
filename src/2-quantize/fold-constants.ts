// constant -> DQ -> Reshape -> Neg -> x  =>  float constant -> x
//
// The importer keeps constants behind DequantizeLinear, which this stage had to see. What no integer
// operator took is folded here, with whatever depends on nothing else.
import { GraphEditor } from "../ir/editor.js";
import { constantOf } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import type { Tensor } from "../ir/tensor.js";
import { references } from "../ops/registry.js";

export const foldConstants: Pass<"onnx"> = {
  name: "fold-constants",
  summary: "computes what depends on constants only",
  run(graph) {
    const editor = new GraphEditor(graph);
    const folded = new Map<string, Tensor>();
    const known = (name: string) => folded.get(name) ?? constantOf(graph, name);
    for (const node of graph.nodes) {
      const reference = references.get(node.op);
      const operands = node.inputs.map((name) => (name ? known(name) : undefined));
      const constant = node.inputs.length > 0 && node.inputs.every((name, i) => !name || operands[i]);
      if (!reference || !constant || /^(Random|Bernoulli|Multinomial)/.test(node.op)) continue;
      const results = reference(operands, node.attrs, node.outputs.length);
      node.outputs.forEach((name, i) => {
        if (!name) return;
        folded.set(name, results[i]);
        editor.rename(name, editor.addConstant(`${name}_folded`, results[i]));
      });
      editor.remove(node);
    }
    return editor.finish();
  },
};
