import { findConflicts } from "./conflicts.js";
import { GroupPlanner } from "./group-planner.js";
import { divideIntoSections } from "./lower-bound.js";
import { type Body, mergeAliases } from "./merge-aliases.js";
import type { ArenaPlan, ArenaProblem, PlacedBuffer } from "./problem.js";

export interface PlanOptions {
  /** Work that the branch and bound may do in all: sections and neighbours of bodies looked at. The default takes under a second. */
  readonly searchBudget?: number;
}

const defaultSearchBudget = 30_000_000;

/**
 * Gives every buffer an offset so that the arena is as small as can be: greedy placement in several
 * orders; where the best is larger than what is live at once, a branch and bound for the optimum. Pure
 * and deterministic.
 */
export function planArena(problem: ArenaProblem, options: PlanOptions = {}): ArenaPlan {
  const all = mergeAliases(problem);
  const bodies = all.filter((body) => body.bytes > 0);
  const conflicts = findConflicts(problem, bodies);
  const sections = divideIntoSections(problem, bodies);
  const liveBytes = sections.bound.reduce((a, b) => Math.max(a, b), 0);
  let budget = options.searchBudget ?? defaultSearchBudget;

  const groups = components(bodies).map((members) => new GroupPlanner(bodies, conflicts, sections, members));
  groups.sort((a, b) => b.layout.bytes - a.layout.bytes);
  // The arena is as large as the group that needs most; the others only have to fit into that.
  let target = bodies.reduce((most, body) => Math.max(most, body.bytes), liveBytes);
  let lowerBound = target;
  for (const group of groups) {
    if (group.layout.bytes <= target) continue;
    lowerBound = Math.max(lowerBound, group.improve(target, budget));
    target = Math.max(target, group.layout.bytes);
    budget = Math.max(0, budget - group.work);
  }

  const offsets = new Map<number, number>();
  for (const { members, layout } of groups) {
    for (const m of members) for (const p of bodies[m].parts) offsets.set(p.buffer, layout.offsets[m] + p.at);
  }
  const buffers = problem.buffers.map((b, i): PlacedBuffer => ({ ...b, offset: offsets.get(i) ?? 0 }));
  const bytes = groups.reduce((top, g) => Math.max(top, g.layout.bytes), 0);
  const largest = groups.find((g) => g.layout.bytes === bytes);
  return {
    buffers,
    offsets: new Map(buffers.map((b) => [b.id, b.offset])),
    bytes,
    alignment: bodies.reduce((a, b) => Math.max(a, b.alignment), 1),
    liveBytes,
    lowerBound,
    provenOptimal: bytes === lowerBound,
    method: `${largest?.foundBy ?? "no buffers"}; ${reason(bytes, liveBytes, lowerBound)}`,
    searchWork: groups.reduce((sum, g) => sum + g.work, 0),
  };
}

function reason(bytes: number, liveBytes: number, lowerBound: number): string {
  if (bytes === liveBytes) return "equals the bytes live at once";
  return bytes === lowerBound ? "search shows that nothing smaller exists" : "not proven optimal";
}

/** Bodies in groups that share no step. */
function components(bodies: readonly Body[]): number[][] {
  const byStart = bodies.map((_, i) => i).sort((a, b) => bodies[a].first - bodies[b].first || a - b);
  const groups: number[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const i of byStart) {
    if (groups.length === 0 || bodies[i].first > end) groups.push([]);
    groups[groups.length - 1].push(i);
    end = Math.max(end, bodies[i].last);
  }
  return groups;
}
