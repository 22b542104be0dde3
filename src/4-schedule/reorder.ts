import type { Graph, Node } from "../ir/graph.js";
import { isView } from "../ops/view/op.js";
import { computedGroups, groupMemory, type MemoryGroups, outermost } from "./memory-groups.js";
import { chooseOrder } from "./order/choose-order.js";
import type { Selection } from "./select-kernel.js";

/**
 * Puts the nodes in an order in which as few bytes as possible are live at once; the given order where
 * that is as good. Views come right before what first reads them.
 */
export function reorder(
  graph: Graph<"kernel">,
  selections: ReadonlyMap<Node, Selection>,
  alignment: number,
): Graph<"kernel"> {
  const memory = groupMemory(graph);
  const computed = computedGroups(graph, memory);
  const groups = (name: string) => computed.get(name)!;
  const real = graph.nodes.filter((node) => selections.has(node));
  const { order } = chooseOrder({
    nodes: real.map((node) => ({
      id: node.name,
      inputs: node.inputs.filter((name) => name).flatMap(groups),
      outputs: node.outputs.filter((name) => name).flatMap(groups),
      scratch: selections.get(node)!.accepted.scratch,
      overlaps: overlapsOf(node, selections.get(node)!, memory),
    })),
    bufferBytes: arenaBytes(graph, memory, alignment),
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
    for (const input of view.inputs) withViews(input);
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

function overlapsOf(node: Node, { accepted }: Selection, { groups, inside }: MemoryGroups) {
  const output = node.outputs[0];
  if (!output) return [];
  const inPlace = (accepted.inPlace ?? []).map((input) => ({ input, distance: 0 }));
  return [...inPlace, ...(accepted.overlap ? [accepted.overlap] : [])]
    .filter(({ input }) => node.inputs[input] && !inside.has(groups.get(node.inputs[input])!))
    .map(({ input, distance }) => ({
      input: groups.get(node.inputs[input])!,
      output: groups.get(output)!,
      distance,
    }));
}

/** Bytes of what kernels compute in the arena: neither the caller's memory nor constants. */
function arenaBytes(graph: Graph<"kernel">, memory: MemoryGroups, alignment: number): Map<string, number> {
  const outside = new Set([...graph.inputs, ...graph.outputs].map((name) => memory.groups.get(name)!));
  for (const { name, data } of graph.values.values()) if (data) outside.add(name);
  const bytes = new Map<string, number>();
  for (const node of graph.nodes) {
    for (const name of isView(node) ? [] : node.outputs) {
      if (!name) continue;
      const group = memory.groups.get(name)!;
      if (outside.has(outermost(memory, group).base)) continue;
      bytes.set(group, Math.ceil(memory.bytes.get(group)! / alignment) * alignment);
    }
  }
  return bytes;
}
