import type { OrderNode, OrderProblem } from "../../../src/4-schedule/order/problem.js";

/** Most bytes live at once in an order, step by step from lifetimes: none of the planner's bookkeeping. */
export function peakOf(problem: OrderProblem, order: readonly OrderNode[]): number {
  const kept = new Set(problem.keep);
  const lifetimes = [...problem.bufferBytes].flatMap(([id, bytes]) => {
    const steps = order.flatMap((n, s) => (n.inputs.includes(id) || n.outputs.includes(id) ? [s] : []));
    const written = problem.nodes.some((n) => n.outputs.includes(id));
    if (steps.length === 0 && !kept.has(id)) return [];
    const first = written ? Math.min(...steps) : 0;
    const last = kept.has(id) ? Number.POSITIVE_INFINITY : Math.max(...steps);
    return [{ id, bytes, first, last }];
  });
  const at = new Map(lifetimes.map((l) => [l.id, l]));
  let peak = 0;
  order.forEach((node, s) => {
    const live = lifetimes.filter((l) => l.first <= s && s <= l.last).reduce((sum, l) => sum + l.bytes, 0);
    let saved = 0;
    for (const output of new Set(node.outputs)) {
      if (at.get(output)?.first !== s) continue;
      const pairs = (node.overlaps ?? []).filter((o) => o.output === output && at.get(o.input)?.last === s);
      const bytes = at.get(output)!.bytes;
      const sum = pairs.reduce(
        (n, o) => n + Math.max(0, Math.min(at.get(o.input)!.bytes, bytes - o.distance)),
        0,
      );
      saved += Math.min(sum, Math.max(0, ...pairs.map((o) => bytes - o.distance)));
    }
    peak = Math.max(peak, live + (node.scratch ?? 0) - saved);
  });
  return peak;
}

/** Whether `b` has to stay behind `a`, which was given before it. */
const dependsOn = (b: OrderNode, a: OrderNode): boolean =>
  a.outputs.some((id) => b.inputs.includes(id)) || a.inputs.some((id) => b.outputs.includes(id));

export function isTopological(problem: OrderProblem, order: readonly OrderNode[]): boolean {
  const place = new Map(order.map((n, i) => [n.id, i]));
  return (
    place.size === problem.nodes.length &&
    problem.nodes.every((b, j) =>
      problem.nodes.slice(0, j).every((a) => !dependsOn(b, a) || place.get(a.id)! < place.get(b.id)!),
    )
  );
}

/** The least peak, by trying every topological order. */
export function leastPeak(problem: OrderProblem): number {
  let least = Number.POSITIVE_INFINITY;
  const extend = (done: readonly OrderNode[]): void => {
    if (done.length === problem.nodes.length) {
      least = Math.min(least, peakOf(problem, done));
      return;
    }
    for (const node of problem.nodes) {
      if (done.includes(node)) continue;
      const waits = problem.nodes
        .slice(0, problem.nodes.indexOf(node))
        .some((a) => dependsOn(node, a) && !done.includes(a));
      if (!waits) extend([...done, node]);
    }
  };
  extend([]);
  return least;
}
