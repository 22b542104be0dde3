import type { Conflicts } from "./conflicts.js";
import type { Layout } from "./greedy.js";
import type { Sections } from "./lower-bound.js";
import type { Body } from "./merge-aliases.js";
import { alignUp } from "./problem.js";

export interface SearchResult {
  /** `exhausted`: no layout of this size exists. `stopped`: the budget ran out first. */
  readonly status: "found" | "exhausted" | "stopped";
  readonly layout?: Layout;
  /** Work done: sections and neighbours of bodies looked at. */
  readonly work: number;
}

/** More bodies are not tried, to be safe from running out of stack. */
const mostBodies = 1500;

/**
 * Depth-first search for a layout of `members` within `capacity` bytes, after M. Moffitt, "MiniMalloc: A
 * Lightweight Memory Allocator for Hardware-Accelerated Machine Learning", ASPLOS 2023.
 *
 * Every layout can be pushed down until each body rests on another or on the ground, so it is enough to
 * place bodies by ascending offset, each at the least offset that those below it allow. A branch ends
 * where a section cannot hold what is left (`fits`), and where a body would leave a gap that another one
 * fits into entirely, since pushing that one down is as good. Bodies that are left split into groups
 * that share no section and are then placed independently.
 *
 * `order` breaks ties. `budget` limits the work, counted and not timed, so the result does not depend on
 * the machine.
 */
export function searchLayout(
  bodies: readonly Body[],
  conflicts: Conflicts,
  sections: Sections,
  order: readonly number[],
  capacity: number,
  budget: number,
): SearchResult {
  if (order.length > mostBodies) return { status: "stopped", work: 0 };
  const { profiles, savings, savingLimit, padding } = sections;
  const offsets = new Float64Array(bodies.length);
  const placed = new Uint8Array(bodies.length).fill(1);
  const least = new Float64Array(bodies.length);
  const rank = new Int32Array(bodies.length);
  order.forEach((body, i) => {
    placed[body] = 0;
    rank[body] = i;
  });
  // Bodies of several parts may start below one that they rest on: they may be placed at any time.
  const free = conflicts.neighbours.map((list) => list.some((n) => n.above < 0 || n.below < 0));
  const earlierTwin = findTwins(bodies, conflicts, order);
  const need = new Float64Array(sections.count);
  const floor = new Float64Array(sections.count);
  /** Bodies and their former `least`, to take back what a branch has raised. */
  const trail: number[] = [];
  let work = 0;
  let stopped = false;

  /** Whether every section can hold its unplaced bodies above the lowest offset that is open to them. */
  function fits(group: readonly number[], level: number): boolean {
    let from = sections.count;
    let to = 0;
    for (const body of group) {
      from = Math.min(from, profiles[body].first);
      to = Math.max(to, profiles[body].first + profiles[body].size.length);
    }
    need.fill(0, from, to);
    floor.fill(Number.POSITIVE_INFINITY, from, to);
    for (const body of group) {
      const lowest = free[body] ? least[body] : Math.max(least[body], alignUp(level, bodies[body].alignment));
      if (lowest + bodies[body].bytes > capacity) return false;
      const { first, low, size } = profiles[body];
      work += size.length + 16;
      for (let k = 0; k < size.length; k++) {
        need[first + k] += size[k];
        if (lowest + low[k] < floor[first + k]) floor[first + k] = lowest + low[k];
      }
    }
    for (let s = from; s < to; s++) {
      const excess = floor[s] + need[s] - padding[s] - capacity;
      if (need[s] === 0 || excess <= 0) continue;
      let saved = 0;
      for (const { below, above, bytes } of savings[s]) if (!placed[below] && !placed[above]) saved += bytes;
      if (excess > Math.min(saved, savingLimit[s])) return false;
    }
    return true;
  }

  /** Bodies that may come next, the lowest first. */
  function candidates(group: readonly number[], level: number): number[] {
    let roof = Number.POSITIVE_INFINITY;
    for (const body of group) roof = Math.min(roof, least[body] + bodies[body].bytes);
    return group
      .filter((b) => free[b] || (least[b] >= level && least[b] < roof))
      .filter((b) => earlierTwin[b] < 0 || placed[earlierTwin[b]])
      .sort((a, b) => least[a] - least[b] || rank[a] - rank[b]);
  }

  /** Unplaced bodies of a group, which is sorted by first section, in groups that share no section. */
  function split(group: readonly number[], without: number): number[][] {
    const groups: number[][] = [];
    let end = -1;
    for (const body of group) {
      if (body === without) continue;
      const { first, size } = profiles[body];
      if (first >= end) groups.push([]);
      groups[groups.length - 1].push(body);
      end = Math.max(end, first + size.length);
    }
    return groups;
  }

  function place(group: readonly number[], level: number): boolean {
    stopped ||= work > budget;
    if (stopped) return false;
    if (!fits(group, level)) return false;
    for (const body of candidates(group, level)) {
      const offset = least[body];
      const mark = trail.length;
      placed[body] = 1;
      offsets[body] = offset;
      for (const n of conflicts.neighbours[body]) {
        if (placed[n.body]) continue;
        const lowest = alignUp(offset + n.above, bodies[n.body].alignment);
        if (lowest <= least[n.body]) continue;
        trail.push(n.body, least[n.body]);
        least[n.body] = lowest;
      }
      const above = free[body] ? level : offset;
      if (split(group, body).every((rest) => place(rest, above))) return true;
      for (const member of group) placed[member] = 0;
      while (trail.length > mark) {
        const former = trail.pop()!;
        least[trail.pop()!] = former;
      }
      if (stopped) return false;
    }
    return false;
  }

  const start = [...order].sort((a, b) => profiles[a].first - profiles[b].first || a - b);
  const found = split(start, -1).every((group) => place(group, 0));
  if (found) {
    const bytes = order.reduce((top, b) => Math.max(top, offsets[b] + bodies[b].bytes), 0);
    return { status: "found", layout: { offsets, bytes }, work };
  }
  return { status: stopped || conflicts.staggered ? "stopped" : "exhausted", work };
}

/** For each body an earlier one that is interchangeable with it, or -1: only one order of the two is tried. */
function findTwins(bodies: readonly Body[], conflicts: Conflicts, order: readonly number[]): Int32Array {
  const twins = new Int32Array(bodies.length).fill(-1);
  const seen = new Map<string, number>();
  for (const i of order) {
    const body = bodies[i];
    if (body.parts.length > 1 || conflicts.neighbours[i].some((n) => n.above < body.bytes)) continue;
    if (conflicts.neighbours[i].some((n) => n.below < bodies[n.body].bytes)) continue;
    const key = `${body.bytes} ${body.alignment} ${body.first} ${body.last}`;
    twins[i] = seen.get(key) ?? -1;
    seen.set(key, i);
  }
  return twins;
}
