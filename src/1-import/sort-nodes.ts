import type { Diagnostics } from "../diagnostics/diagnostic.js";
import { describeNode, type OnnxGraph, type OnnxNode, type Subgraph } from "./model.js";

/**
 * The nodes that the graph's outputs depend on, each after those it reads from, in the order of the
 * file where that allows it. Cycles are reported. Iterative, since graphs can be deep.
 */
export function sortNodes(graph: OnnxGraph, diagnostics: Diagnostics): OnnxNode[] {
  const producer = new Map<string, OnnxNode>();
  for (const node of graph.nodes) for (const out of node.outputs) if (out) producer.set(out, node);
  const live = liveNodes(graph, producer);

  const state = new Map<OnnxNode, "open" | "done">();
  const order: OnnxNode[] = [];
  for (const root of graph.nodes) {
    if (!live.has(root) || state.has(root)) continue;
    const stack = [{ node: root, reads: readsOf(root), next: 0 }];
    state.set(root, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next === top.reads.length) {
        state.set(top.node, "done");
        order.push(top.node);
        stack.pop();
        continue;
      }
      const from = producer.get(top.reads[top.next++]);
      if (!from || state.get(from) === "done") continue;
      if (state.get(from) === "open") {
        const start = stack.findIndex((frame) => frame.node === from);
        reportCycle(
          stack.slice(start).map((frame) => frame.node),
          diagnostics,
        );
      } else {
        state.set(from, "open");
        stack.push({ node: from, reads: readsOf(from), next: 0 });
      }
    }
  }
  return order;
}

function liveNodes(graph: OnnxGraph, producer: ReadonlyMap<string, OnnxNode>): Set<OnnxNode> {
  const live = new Set<OnnxNode>();
  const pending = graph.outputs.map((output) => output.name);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producer.get(name);
    if (!node || live.has(node)) continue;
    live.add(node);
    for (const read of readsOf(node)) pending.push(read);
  }
  return live;
}

/** Names a node reads: its inputs, and what its subgraphs take from the graph around them. */
const readsOf = (node: OnnxNode): string[] => [
  ...node.inputs,
  ...[...node.attributes.values()].flatMap((value) =>
    isSubgraph(value) ? value.graphs.flatMap(capturesOf) : [],
  ),
];

const isSubgraph = (value: unknown): value is Subgraph =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "graph";

function capturesOf(graph: OnnxGraph): string[] {
  const own = new Set([
    ...graph.inputs.map((input) => input.name),
    ...graph.initializers.map((initializer) => initializer.name),
    ...graph.nodes.flatMap((node) => node.outputs),
  ]);
  const reads = [...graph.nodes.flatMap(readsOf), ...graph.outputs.map((output) => output.name)];
  return reads.filter((name) => !own.has(name));
}

/** `nodes`: each reads from the next, the last from the first. */
function reportCycle(nodes: readonly OnnxNode[], diagnostics: Diagnostics): void {
  const names = nodes.map(describeNode).reverse();
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  diagnostics.error(
    "import/cycle",
    names.length === 1
      ? "the node reads its own output"
      : `the nodes form a cycle: ${[...shown, names[0]].join(" -> ")}`,
    { origin: names[0] },
  );
}
