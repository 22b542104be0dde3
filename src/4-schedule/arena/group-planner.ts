import type { Conflicts } from "./conflicts.js";
import { type Layout, type PlacementOrder, placeInOrder, placementOrders, promoteTallest } from "./greedy.js";
import { type SearchResult, searchLayout } from "./layout-search.js";
import type { Sections } from "./lower-bound.js";
import type { Body } from "./merge-aliases.js";
import { type PairSearch, preparePairSearch } from "./pair-search.js";

/** Plans bodies that share no step with any others. */
export class GroupPlanner {
  /** The best layout so far; at first the best of the greedy ones. */
  layout: Layout;
  /** How it was found. */
  foundBy: string;
  /** Work done by searches, in the units of `PlanOptions.searchBudget`. */
  work = 0;
  readonly #orders: readonly PlacementOrder[];

  constructor(
    readonly bodies: readonly Body[],
    readonly conflicts: Conflicts,
    readonly sections: Sections,
    readonly members: readonly number[],
  ) {
    this.#orders = placementOrders(bodies, conflicts, sections, members);
    const layouts = this.#orders.map(({ order }) => placeInOrder(bodies, conflicts, order));
    const best = layouts.reduce((a, b, i) => (b.bytes < layouts[a].bytes ? i : a), 0);
    this.layout = layouts[best];
    this.foundBy = `greedy by ${this.#orders[best].name}`;
  }

  /**
   * Looks for smaller layouts down to `target` bytes: a short search, greedy placement in improved
   * orders, then longer searches by bisection. Gives a lower bound on the arena: the least size that has
   * not been shown to be too small.
   */
  improve(target: number, budget: number): number {
    const { bodies, conflicts, sections, members } = this;
    const searchPairs = preparePairSearch(bodies, conflicts, sections, members);
    let bound = this.#leastPlausible(target, searchPairs);
    const attempt = (capacity: number, share: number): SearchResult["status"] => {
      const { status, layout } = this.#search(capacity, share, searchPairs);
      if (layout) {
        this.layout = layout;
        this.foundBy = "branch and bound";
      }
      if (status === "exhausted" && !conflicts.interlocking) bound = capacity + 1;
      return status;
    };
    if (attempt(bound, 0.02 * budget) === "stopped") this.#promote(bound, budget / 4);
    let untried = bound;
    for (let share = 1 / 2; untried < this.layout.bytes && this.work < budget; share = 1 / 3) {
      const capacity = share === 1 / 2 ? untried : Math.floor((untried + this.layout.bytes - 1) / 2);
      if (attempt(capacity, share * (budget - this.work)) !== "found") untried = capacity + 1;
    }
    return bound;
  }

  /** The least capacity from `target` on that a search does not refute at once. */
  #leastPlausible(target: number, searchPairs: PairSearch): number {
    if (this.conflicts.interlocking) return target;
    let bound = target;
    let possible = this.layout.bytes;
    while (bound < possible) {
      const middle = Math.floor((bound + possible) / 2);
      if (searchPairs(middle, 0).status === "exhausted") bound = middle + 1;
      else possible = middle;
    }
    return bound;
  }

  /** Both searches in turn with growing budgets: which is quick depends on the graph, and a lucky order helps. */
  #search(capacity: number, budget: number, searchPairs: PairSearch): SearchResult {
    const { bodies, conflicts, sections } = this;
    let spent = 0;
    for (const share of [0.01, 0.1, 0.2]) {
      const limit = () => Math.min(budget * share, budget - spent);
      const searches = [
        () => searchPairs(capacity, limit()),
        ...this.#orders.slice(0, 3).map(({ order }) => {
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

  #promote(target: number, budget: number): void {
    const { bodies, conflicts } = this;
    const workOfRound = this.members.reduce((sum, m) => sum + conflicts.neighbours[m].length + 16, 0);
    const limit = Math.floor(budget / workOfRound / this.#orders.length);
    for (const { name, order } of this.#orders) {
      if (this.layout.bytes <= target) return;
      const { layout, rounds } = promoteTallest(bodies, conflicts, order, target, limit);
      this.work += rounds * workOfRound;
      if (layout.bytes >= this.layout.bytes) continue;
      this.layout = layout;
      this.foundBy = `greedy by ${name}, improved`;
    }
  }
}
