import { dtypeInfo } from "../ir/dtype.js";
import type { Graph, Node } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import { chooseOrder } from "./order/choose-order.js";
import type { Selection } from "./select-kernel.js";
import { groupViews } from "./storage.js";

/**
 * Puts the nodes in an order in which as few bytes as possible are live at once; the given order where
 * that is as good. Views come right before what first reads them.
 */
export function reorder(
  graph: Graph<"kernel">,
  selections: ReadonlyMap<Node, Selection>,
  alignment: number,
): Graph<"kernel"> {
  const groups = groupViews(graph);
  const group = (name: string) => groups.get(name)!;
  const real = graph.nodes.filter((node) => selections.has(node));
  const { order } = chooseOrder({
    nodes: real.map((node) => ({
      id: node.name,
      inputs: node.inputs.filter((name) => name).map(group),
      outputs: node.outputs.filter((name) => name).map(group),
      scratch: selections.get(node)!.accepted.scratch,
      overlaps: inPlacePairs(node, selections.get(node)!, group),
    })),
    bufferBytes: arenaBytes(graph, group, alignment),
  });
  const byName = new Map(real.map((node) => [node.name, node]));
  const views = new Map(
    graph.nodes.filter((node) => !selections.has(node)).map((view) => [view.outputs[0], view]),
  );
  const nodes: Node[] = [];
  const withViews = (name: string): void => {
    const view = views.get(name);
    if (!view) return;
    views.delete(name);
    withViews(view.inputs[0]);
    nodes.push(view);
  };
  for (const id of order) {
    const node = byName.get(id)!;
    for (const name of node.inputs) withViews(name);
    nodes.push(node);
  }
  for (const name of graph.outputs) withViews(name);
  return { ...graph, nodes };
}

function inPlacePairs(node: Node, { accepted }: Selection, group: (name: string) => string) {
  const output = node.outputs[0];
  if (!output) return [];
  return (accepted.inPlace ?? [])
    .filter((index) => node.inputs[index])
    .map((index) => ({ input: group(node.inputs[index]), output: group(output), distance: 0 }));
}

/** Bytes of what lives in the arena: neither the caller's memory nor constants. */
function arenaBytes(
  graph: Graph<"kernel">,
  group: (name: string) => string,
  alignment: number,
): Map<string, number> {
  const outside = new Set([...graph.inputs, ...graph.outputs].map(group));
  const bytes = new Map<string, number>();
  for (const { name, dtype, shape, data } of graph.values.values()) {
    if (data) outside.add(group(name));
    const size = Math.ceil((numel(shape) * dtypeInfo[dtype].bytes) / alignment) * alignment;
    bytes.set(group(name), Math.max(bytes.get(group(name)) ?? 0, size));
  }
  for (const name of outside) bytes.delete(name);
  return bytes;
}
