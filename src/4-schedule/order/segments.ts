import type { MemoryGraph } from "./memory-graph.js";

/** Nodes whose place follows from that of others are left out of the search for an order. */
export interface Roles {
  /**
   * Only writes buffers of its own and needs no scratch: best run right before the first node that needs
   * it, since until then it only adds live bytes.
   */
  readonly source: readonly boolean[];
  /** Adds no live bytes and nothing waits for it: best run as soon as it can be. */
  readonly sink: readonly boolean[];
}

export function assignRoles({ nodes, buffers }: MemoryGraph): Roles {
  const source = nodes.map(
    (n) =>
      n.before.length === 0 &&
      n.after.length > 0 &&
      n.scratch === 0 &&
      n.touches.every((b) => n.writes.includes(b) && buffers[b].producers === 1),
  );
  const sink = nodes.map(
    (n) =>
      n.after.length === 0 &&
      n.before.length > 0 &&
      n.scratch === 0 &&
      n.writes.length === 0 &&
      n.before.every((b) => !source[b]),
  );
  return { source, sink };
}

/**
 * Divides the other nodes at those that every node comes before or after: what has been executed when
 * one of these has run is the same in every order, so each segment can be ordered by itself. A segment
 * ends with such a node, the last one perhaps without.
 */
export function divideAtCuts(graph: MemoryGraph, { source, sink }: Roles): number[][] {
  const core = graph.nodes.flatMap((_, i) => (source[i] || sink[i] ? [] : [i]));
  const isCore = (i: number) => !source[i] && !sink[i];
  const forward = soleReady(
    core,
    (i) => graph.nodes[i].before.filter(isCore),
    (i) => graph.nodes[i].after.filter(isCore),
  );
  const backward = soleReady(
    [...core].reverse(),
    (i) => graph.nodes[i].after.filter(isCore),
    (i) => graph.nodes[i].before.filter(isCore),
  );
  const segments: number[][] = [[]];
  for (const i of forward.order) {
    segments[segments.length - 1].push(i);
    const [from, back] = [forward.sole.get(i), backward.sole.get(i)];
    // All after it in one walk, and all after it in the other, come after it; together that is every node.
    const isCut = from !== undefined && back !== undefined && from + back === core.length - 1;
    if (isCut) segments.push([]);
  }
  return segments.filter((s) => s.length > 0).map((s) => s.sort((a, b) => a - b));
}

/** A topological walk: its order, and the position of each node that was the only one ready in its turn. */
function soleReady(
  nodes: readonly number[],
  before: (node: number) => readonly number[],
  after: (node: number) => readonly number[],
) {
  const missing = new Map(nodes.map((i) => [i, before(i).length]));
  const ready = nodes.filter((i) => missing.get(i) === 0);
  const order: number[] = [];
  const sole = new Map<number, number>();
  for (let head = 0; head < ready.length; head++) {
    const node = ready[head];
    if (ready.length === head + 1) sole.set(node, order.length);
    order.push(node);
    for (const next of after(node)) {
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return { order, sole };
}
