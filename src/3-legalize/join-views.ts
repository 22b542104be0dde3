import { GraphEditor } from "../ir/editor.js";
import { producers } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";

/**
 * A view of a view is a view of the same memory.
 *
 *   vcgen.View(vcgen.View(x) [1,256,1,1]) [1,256]  ->  vcgen.View(x) [1,256]
 */
export const joinViews: Pass<"kernel"> = {
  name: "join-views",
  summary: "replace views of views by one",
  run(graph) {
    const editor = new GraphEditor(graph);
    const makers = producers(graph);
    const rootOf = (name: string): string => {
      const maker = makers.get(name);
      return maker?.op === "vcgen.View" ? rootOf(maker.inputs[0]) : name;
    };
    for (const node of graph.nodes) {
      if (node.op !== "vcgen.View") continue;
      const root = rootOf(node.inputs[0]);
      if (root !== node.inputs[0]) editor.replace(node, { ...node, inputs: [root] });
    }
    return editor.finish();
  },
};
