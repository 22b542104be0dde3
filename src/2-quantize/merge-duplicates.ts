// a -> Q(s, z) -> x        a -> Q(s, z) -> x
// a -> Q(s, z) -> y   =>                   x in the place of y
//
// Quantizers give every consumer a Q/DQ pair of its own. ONNX Runtime merges equal nodes before it
// counts who reads a tensor.
import { GraphEditor } from "../ir/editor.js";
import type { Node, Value } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { numel } from "../ir/tensor.js";

/** Constants of up to this many elements are compared by their values, as ONNX Runtime does. */
const sharedElements = 8;

export const mergeDuplicates: Pass<"onnx"> = {
  name: "merge-duplicates",
  summary: "merges nodes that compute the same from the same inputs",
  run(graph) {
    const editor = new GraphEditor(graph);
    const first = new Map<string, Node>();
    const renamed = new Map<string, string>();
    for (const node of graph.nodes) {
      if (/^(Random|Bernoulli|Multinomial)/.test(node.op)) continue;
      const inputs = node.inputs.map((name) => identity(graph.values.get(renamed.get(name) ?? name)));
      const attrs = JSON.stringify(node.attrs, (_, value) =>
        ArrayBuffer.isView(value) ? [...(value as Int8Array)].map(String) : value,
      );
      const key = [node.op, node.outputs.map((o) => (o ? 1 : 0)), attrs, ...inputs].join("|");
      const same = first.get(key);
      if (!same) {
        first.set(key, node);
        continue;
      }
      node.outputs.forEach((name, i) => {
        if (!name) return;
        renamed.set(name, same.outputs[i]);
        editor.rename(name, same.outputs[i]);
      });
      editor.remove(node);
    }
    return editor.finish();
  },
};

/** What makes two operands the same: their name, or the contents of a small constant. */
function identity(value: Value | undefined): string {
  if (!value) return "";
  if (!value.data || numel(value.shape) > sharedElements) return `%${value.name}`;
  return `${value.dtype}[${value.shape}]${Array.from(value.data as ArrayLike<number | bigint>, String)}`;
}
