import { GraphEditor } from "../ir/editor.js";
import type { Pass } from "../ir/pass.js";

/**
 * Gives every graph output memory of its own, by a copy where it is an input, a constant, another
 * output, or a view of one of these.
 *
 *   output = view(input)  ->  output = vcgen.Copy(view(input))
 */
export const separateOutputs: Pass<"kernel"> = {
  name: "separate-outputs",
  summary: "copy outputs that would share memory with an input, a constant or another output",
  run(graph) {
    const editor = new GraphEditor(graph);
    const source = new Map<string, string>();
    for (const node of graph.nodes) if (node.op === "vcgen.View") source.set(node.outputs[0], node.inputs[0]);
    const rootOf = (name: string): string => {
      let current = name;
      for (let next = source.get(current); next !== undefined; next = source.get(current)) current = next;
      return current;
    };
    const taken = new Set(graph.inputs);
    const outputs = graph.outputs.map((name) => {
      const root = rootOf(name);
      if (!taken.has(root) && !editor.value(root).data) {
        taken.add(root);
        return name;
      }
      const { dtype, shape } = editor.value(name);
      const copy = editor.addValue(`${name}.copy`, dtype, shape);
      editor.addNode({
        name: `copy of ${name}`,
        op: "vcgen.Duplicate",
        inputs: [name],
        outputs: [copy],
        origin: [name],
      });
      return copy;
    });
    return editor.finish(outputs);
  },
};
