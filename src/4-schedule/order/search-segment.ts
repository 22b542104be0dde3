import type { SegmentRunner, State } from "./segment-runner.js";

/** The segment in the order it was given. */
export function runAsGiven(runner: SegmentRunner): State {
  let state = runner.start;
  for (const node of runner.segment) {
    runner.goTo(state);
    if (!runner.execution.hasRun(node)) state = runner.try(node, Number.NEGATIVE_INFINITY);
  }
  return state;
}

/** Takes what needs least, then what leaves least live. A peak up to `target` is as good as any. */
export function greedyOrder(runner: SegmentRunner, target: number): State {
  let state = runner.start;
  while (true) {
    runner.goTo(state);
    let best: { node: number; peak: number; live: number } | undefined;
    for (const node of runner.choices()) {
      const { peak, live } = runner.execution.effectOf(node);
      const need = Math.max(peak, state.peak, target);
      if (!best || need < best.peak || (need === best.peak && live < best.live))
        best = { node, peak: need, live };
    }
    if (!best) return state;
    state = runner.try(best.node, best.peak);
  }
}

const widestBeam = 64;

/**
 * Beam search for an order with a peak below `known`: extends a number of best states by every node that
 * may come next. A peak up to `target` is as good as any. The beam is as wide as `budget` has
 * room for; there is none if that is too narrow.
 */
export function beamSearch(
  runner: SegmentRunner,
  target: number,
  known: number,
  budget: number,
): State | undefined {
  const need = (s: State) => Math.max(s.peak, target);
  const stop = runner.work + budget;
  let best: State | undefined;
  let beam = [runner.start];
  for (let left = runner.segment.length; beam.length > 0; left--) {
    const before = runner.work;
    const next = new Map<string, State>();
    for (const state of beam) {
      runner.goTo(state);
      const choices = runner.choices();
      if (choices.length === 0 && (!best || state.peak < best.peak)) best = state;
      for (const node of choices) {
        const child = runner.try(node, need(state));
        const rival = next.get(child.key);
        if (!rival || need(child) < need(rival)) next.set(child.key, child);
      }
    }
    const each = (runner.work - before) / beam.length;
    const width = Math.min(widestBeam, Math.floor((stop - runner.work) / (each * left)));
    if (width < 2 && beam[0] === runner.start) return undefined;
    beam = [...next.values()]
      .filter((s) => need(s) < Math.min(known, best?.peak ?? known))
      .sort((a, b) => need(a) - need(b) || a.live - b.live)
      .slice(0, Math.max(1, width));
  }
  return best;
}

/**
 * Exact: the path of least peak through the sets of executed nodes, found by raising a limit from
 * `target` to the next peak that is needed whenever no further set can be reached within it. Orders with
 * a peak of `known` bytes are not looked for. After B. H. Ahn et al., "Ordering Chaos: Memory-Aware
 * Scheduling of Irregularly Wired Neural Networks for Edge Devices" (Serenity), MLSys 2020.
 */
export function searchSegment(
  runner: SegmentRunner,
  target: number,
  known: number,
  budget: number,
): { end?: State; lowerBound: number } {
  const stop = runner.work + budget;
  const seen = new Set<string>();
  const deferred = new Map<number, State[]>();
  let limit = Math.max(target, runner.start.peak);
  let open = [runner.start];
  while (runner.work <= stop) {
    const state = open.pop();
    if (!state) {
      if (deferred.size === 0) return { lowerBound: known };
      limit = Math.min(...deferred.keys());
      open = deferred.get(limit)!.reverse();
      deferred.delete(limit);
      continue;
    }
    if (seen.has(state.key)) continue;
    seen.add(state.key);
    runner.goTo(state);
    const choices = runner.choices();
    if (choices.length === 0) return { end: state, lowerBound: limit };
    const children = choices.map((node) => runner.try(node, limit)).filter((child) => !seen.has(child.key));
    // The one that leaves least live is tried first.
    for (const child of children.sort((a, b) => b.live - a.live)) {
      if (child.peak <= limit) open.push(child);
      else if (child.peak < known) append(deferred, child);
    }
  }
  return { lowerBound: limit };
}

function append(deferred: Map<number, State[]>, state: State): void {
  const same = deferred.get(state.peak);
  if (same) same.push(state);
  else deferred.set(state.peak, [state]);
}
