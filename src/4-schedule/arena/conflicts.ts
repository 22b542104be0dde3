import { type Body, indexBuffers, lookUp, type Part } from "./merge-aliases.js";
import { type ArenaProblem, alignUp } from "./problem.js";

/** Another body that is live in a step with this one. One of the two inequalities has to hold. */
export interface Neighbour {
  readonly body: number;
  /** offset(neighbour) - offset(this) >= above: the neighbour lies above. */
  readonly above: number;
  /** offset(this) - offset(neighbour) >= below: the neighbour lies below. */
  readonly below: number;
}

export interface Conflicts {
  readonly neighbours: readonly (readonly Neighbour[])[];
  /**
   * True if two bodies of several parts could also interlock, which the inequalities leave out. Plans stay
   * valid, but that a search finds nothing better is then no proof.
   */
  readonly interlocking: boolean;
  /** True if a body of several parts may start below one that it lies above, so that an inequality is negative. */
  readonly staggered: boolean;
}

/** Which bodies cannot be placed independently, and how far apart they have to be. */
export function findConflicts(problem: ArenaProblem, bodies: readonly Body[]): Conflicts {
  const distances = overlapDistances(problem);
  const separation = (lower: Part, upper: Part): number =>
    Math.min(distances.get(pairKey(problem, lower.buffer, upper.buffer)) ?? lower.bytes, lower.bytes);

  const neighbours = bodies.map((): Neighbour[] => []);
  let interlocking = false;
  let staggered = false;
  const byStart = bodies.map((_, i) => i).sort((a, b) => bodies[a].first - bodies[b].first || a - b);
  let live: number[] = [];
  for (const i of byStart) {
    live = live.filter((j) => bodies[j].last >= bodies[i].first);
    for (const j of live) {
      const gap = forbiddenGap(bodies[i], bodies[j], separation);
      if (!gap) continue;
      interlocking ||= gap.holes;
      staggered ||= gap.above < 0 || gap.below < 0;
      neighbours[i].push({ body: j, above: gap.above, below: gap.below });
      neighbours[j].push({ body: i, above: gap.below, below: gap.above });
    }
    live.push(i);
  }
  return { neighbours, interlocking, staggered };
}

/** The permitted overlaps of a problem: distances by `pairKey(below, above)`. */
function overlapDistances(problem: ArenaProblem): Map<number, number> {
  const indexOf = indexBuffers(problem);
  const distances = new Map<number, number>();
  for (const { below, above, distance } of problem.overlaps ?? []) {
    const key = pairKey(problem, lookUp(indexOf, below), lookUp(indexOf, above));
    distances.set(key, Math.max(0, Math.min(distance, distances.get(key) ?? Infinity)));
  }
  return distances;
}

const pairKey = (problem: ArenaProblem, below: number, above: number): number =>
  below * problem.buffers.length + above;

/**
 * The values that offset(j) - offset(i) must not take lie strictly between -below and above. Undefined
 * if the bodies are never live together or may overlap freely.
 */
function forbiddenGap(i: Body, j: Body, separation: (lower: Part, upper: Part) => number) {
  const grain = Math.min(i.alignment, j.alignment);
  const ranges: { from: number; to: number }[] = [];
  for (const p of i.parts) {
    for (const q of j.parts) {
      if (p.last < q.first || q.last < p.first || p.bytes === 0 || q.bytes === 0) continue;
      const from = -alignUp(separation(q, p) + q.at - p.at, grain);
      const to = alignUp(separation(p, q) + p.at - q.at, grain);
      if (from < to) ranges.push({ from, to });
    }
  }
  if (ranges.length === 0) return undefined;
  ranges.sort((a, b) => a.from - b.from);
  let end = ranges[0].to;
  let holes = false;
  for (const range of ranges) {
    holes ||= range.from >= end && range !== ranges[0];
    end = Math.max(end, range.to);
  }
  return { above: end, below: -ranges[0].from, holes };
}
