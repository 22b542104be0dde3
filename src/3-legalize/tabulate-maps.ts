import { GraphEditor } from "../ir/editor.js";
import type { Pass } from "../ir/pass.js";
import { type MapAttributes, mapName } from "../ops/elementwise/map.js";
import { type NodeView, viewNode } from "../ops/kernel.js";
import { tabulateMap } from "../ops/qlinear-binary/from-map.js";

/**
 * Elementwise computations of one 8-bit tensor become a table; of two, integer arithmetic that was
 * proven equal for all 65,536 pairs.
 *
 *   vcgen.Map{dequantize, Tanh, quantize}(q)               ->  vcgen.Lookup{256 entries}(q)
 *   vcgen.Map{dequantize, dequantize, Add, quantize}(p, q) ->  vcgen.QBinary(p, q)
 */
export const tabulateMaps: Pass<"kernel"> = {
  name: "tabulate-maps",
  summary: "replace elementwise operators on 8-bit tensors by tables and proven integer arithmetic",
  run(graph) {
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      if (node.op !== mapName) continue;
      const view = viewNode(graph, node) as NodeView<MapAttributes>;
      const table = tabulateMap(view);
      if (!table) continue;
      editor.replace(node, { ...node, ...table, inputs: table.inputs.map((i) => node.inputs[i]) });
    }
    return editor.finish();
  },
};
