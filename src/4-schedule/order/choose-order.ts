import { Execution } from "./execution.js";
import { buildMemoryGraph, type MemoryGraph, overlapSaving } from "./memory-graph.js";
import type { Order, OrderProblem } from "./problem.js";
import { beamSearch, greedyOrder, runAsGiven, searchSegment } from "./search-segment.js";
import { SegmentRunner, type State } from "./segment-runner.js";
import { assignRoles, divideAtCuts, type Roles } from "./segments.js";

export interface OrderOptions {
  /** Work that all searches together may do: nodes tried. The default takes a fraction of a second. */
  readonly searchBudget?: number;
}

const defaultSearchBudget = 800_000;

/**
 * A topological order in which as few bytes as possible are live at once: exact where the budget allows,
 * else by beam search, and never worse than the given order. Keeps the given order where it is as good.
 * Pure and deterministic.
 */
export function chooseOrder(problem: OrderProblem, options: OrderOptions = {}): Order {
  const graph = buildMemoryGraph(problem);
  const roles = assignRoles(graph);
  const segments = divideAtCuts(graph, roles);
  let budget = options.searchBudget ?? defaultSearchBudget;

  // Each segment on its own: first what the given order needs, or a greedy one.
  let lowerBound = leastPeak(graph);
  const draft = new Execution(graph, roles);
  const drafts = segments.map((segment) => {
    const runner = new SegmentRunner(draft, segment);
    let end = runAsGiven(runner);
    if (end.peak > lowerBound) end = better(end, greedyOrder(runner, lowerBound));
    runner.goTo(end);
    return { ...end, block: draft.order.slice(runner.start.length) };
  });

  // Where that leaves a segment above the bound, an exact search lowers it or raises the bound.
  const final = new Execution(graph, roles);
  segments.forEach((segment, i) => {
    const runner = new SegmentRunner(final, segment);
    let end: State = { ...drafts[i], parent: runner.start };
    if (end.peak > lowerBound) {
      const share = budget / drafts.slice(i).filter((later) => later.peak > lowerBound).length;
      const exact = searchSegment(runner, lowerBound, end.peak, share / 2);
      lowerBound = Math.max(lowerBound, exact.lowerBound);
      end = exact.end ?? end;
      if (end.peak > lowerBound) {
        end = better(end, beamSearch(runner, lowerBound, end.peak, share - runner.work));
      }
      budget = Math.max(0, budget - runner.work);
    }
    runner.goTo(end);
  });

  const given = peakOf(
    graph,
    roles,
    graph.nodes.map((_, i) => i),
  );
  const found = peakOf(graph, roles, final.order);
  const order = found < given ? final.order : problem.nodes.map((_, i) => i);
  const peakBytes = Math.min(found, given);
  return {
    order: order.map((i) => problem.nodes[i].id),
    peakBytes,
    givenPeakBytes: given,
    lowerBound: Math.min(lowerBound, peakBytes),
    provenOptimal: peakBytes <= lowerBound,
  };
}

const better = (a: State, b: State | undefined): State => (b && b.peak < a.peak ? b : a);

/** What every order needs: the buffers that a single node touches. */
function leastPeak(graph: MemoryGraph): number {
  return graph.nodes.reduce((least, node, i) => {
    const touched = node.touches.reduce((sum, b) => sum + graph.buffers[b].bytes, 0);
    return Math.max(least, touched + node.scratch - overlapSaving(graph, i, () => true));
  }, 0);
}

function peakOf(graph: MemoryGraph, roles: Roles, order: readonly number[]): number {
  const execution = new Execution(graph, roles);
  return order.reduce((peak, node) => Math.max(peak, execution.run(node)), execution.live);
}
