import { type Conflicts, findConflicts } from "./conflicts.js";
import { type Layout, type PlacementOrder, placeInOrder, placementOrders } from "./greedy.js";
import { type SearchResult, searchLayout } from "./layout-search.js";
import { divideIntoSections, type Sections } from "./lower-bound.js";
import { type Body, mergeAliases } from "./merge-aliases.js";
import { searchPairs } from "./pair-search.js";
import type { ArenaPlan, ArenaProblem, PlacedBuffer } from "./problem.js";

export interface PlanOptions {
  /** Work that the branch and bound may do in all: sections and neighbours of bodies looked at. The default takes under a second. */
  readonly searchBudget?: number;
}

const defaultSearchBudget = 50_000_000;

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
  const planner = new Planner(bodies, conflicts, sections, options.searchBudget ?? defaultSearchBudget);

  const groups = components(bodies).map((members) => planner.greedy(members));
  groups.sort((a, b) => b.layout.bytes - a.layout.bytes);
  // The arena is as large as the group that needs most; the others only have to fit into that.
  let target = bodies.reduce((most, body) => Math.max(most, body.bytes), liveBytes);
  let lowerBound = target;
  for (const group of groups) {
    if (group.layout.bytes <= target) continue;
    lowerBound = Math.max(lowerBound, planner.improve(group, target));
    target = Math.max(target, group.layout.bytes);
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
    searchWork: planner.work,
  };
}

function reason(bytes: number, liveBytes: number, lowerBound: number): string {
  if (bytes === liveBytes) return "equals the bytes live at once";
  return bytes === lowerBound ? "search shows that nothing smaller exists" : "not proven optimal";
}

interface Group {
  readonly members: readonly number[];
  readonly orders: readonly PlacementOrder[];
  layout: Layout;
  foundBy: string;
}

class Planner {
  work = 0;

  constructor(
    readonly bodies: readonly Body[],
    readonly conflicts: Conflicts,
    readonly sections: Sections,
    readonly budget: number,
  ) {}

  greedy(members: readonly number[]): Group {
    const orders = placementOrders(this.bodies, this.conflicts, this.sections, members);
    const layouts = orders.map(({ order }) => placeInOrder(this.bodies, this.conflicts, order));
    const best = layouts.reduce((a, b, i) => (b.bytes < layouts[a].bytes ? i : a), 0);
    return { members, orders, layout: layouts[best], foundBy: `greedy by ${orders[best].name}` };
  }

  /**
   * Searches for smaller layouts of a group down to `target` bytes, by bisection. Gives a lower bound on
   * the arena: the least size that has not been shown to be too small.
   */
  improve(group: Group, target: number): number {
    let bound = this.leastPlausible(group, target);
    let untried = bound;
    for (let first = true; untried < group.layout.bytes && this.work < this.budget; first = false) {
      const capacity = first ? bound : Math.floor((untried + group.layout.bytes - 1) / 2);
      const left = this.budget - this.work;
      const result = this.search(group, capacity, first ? left / 2 : left / 3);
      if (result.layout) {
        group.layout = result.layout;
        group.foundBy = "branch and bound";
      } else {
        untried = capacity + 1;
        if (result.status === "exhausted" && !this.conflicts.interlocking) bound = untried;
      }
    }
    return bound;
  }

  /** The least capacity from `target` on that a search does not refute at once. */
  leastPlausible({ members, layout }: Group, target: number): number {
    const { bodies, conflicts, sections } = this;
    if (conflicts.interlocking) return target;
    let bound = target;
    let possible = layout.bytes;
    while (bound < possible) {
      const middle = Math.floor((bound + possible) / 2);
      const { status } = searchPairs(bodies, conflicts, sections, members, middle, 0);
      if (status === "exhausted") bound = middle + 1;
      else possible = middle;
    }
    return bound;
  }

  /** Both searches in turn with growing budgets: which one is quick depends on the graph, and a lucky order helps. */
  search(group: Group, capacity: number, budget: number): SearchResult {
    const { bodies, conflicts, sections } = this;
    let spent = 0;
    for (const share of [0.01, 0.1, 0.2]) {
      const limit = () => Math.min(budget * share, budget - spent);
      const searches = [
        () => searchPairs(bodies, conflicts, sections, group.members, capacity, limit()),
        ...group.orders.slice(0, 3).map(({ order }) => {
          return () => searchLayout(bodies, conflicts, sections, order, capacity, limit());
        }),
      ];
      for (const search of searches) {
        const result = search();
        spent += result.work;
        this.work += result.work;
        if (result.status !== "stopped") return result;
      }
    }
    return { status: "stopped", work: spent };
  }
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
