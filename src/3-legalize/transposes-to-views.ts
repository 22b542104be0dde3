import { GraphEditor } from "../ir/editor.js";
import { getValue } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";

/**
 * A Transpose that only moves dimensions of size 1 changes no element's place.
 *
 *   Transpose{perm=[0,2,1]}(x [1,80,1])  ->  vcgen.View(x) [1,1,80]
 */
export const transposesToViews: Pass<"kernel"> = {
  name: "transposes-to-views",
  summary: "replace transposes that move no element by views",
  run(graph) {
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      if (node.op !== "Transpose") continue;
      const { shape } = getValue(graph, node.inputs[0]);
      const moved = (node.attrs.perm as readonly number[]).filter((axis) => shape[axis] !== 1);
      if (moved.some((axis, i) => i > 0 && axis < moved[i - 1])) continue;
      editor.replace(node, { ...node, op: "vcgen.View", attrs: {} });
    }
    return editor.finish();
  },
};
