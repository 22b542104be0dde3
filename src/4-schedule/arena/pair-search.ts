import type { Conflicts } from "./conflicts.js";
import type { SearchResult } from "./layout-search.js";
import type { Sections } from "./lower-bound.js";
import type { Body } from "./merge-aliases.js";
import { alignDown, alignUp } from "./problem.js";
import { firstBelow, type Pair, SectionCheck, secondBelow, undecided } from "./section-check.js";

/** Looks for a layout within `capacity` bytes, doing about as much work as `budget` says. */
export type PairSearch = (capacity: number, budget: number) => SearchResult;

/** Deeper decisions are given up, to be safe from running out of stack. */
const deepest = 2000;

/**
 * Prepares a depth-first search for layouts of `members` that decides, pair by pair, which
 * body lies below the other, as disjunctive scheduling does for jobs on a machine. Every body has bounds
 * on its offset; decisions move them, they decide further pairs, and a branch ends where a body has no
 * place left or a section can not hold some of its bodies between their bounds.
 *
 * Stronger than `searchLayout` where overlaps tie long chains of buffers together: decisions stay local,
 * and pairs that caused failures are decided first. Weaker where very many bodies are live at once.
 */
export function preparePairSearch(
  bodies: readonly Body[],
  conflicts: Conflicts,
  sections: Sections,
  members: readonly number[],
): PairSearch {
  const pairs: Pair[] = [];
  const pairsOf = bodies.map((): number[] => []);
  for (const first of members) {
    for (const { body: second, above, below } of conflicts.neighbours[first]) {
      if (second < first) continue;
      pairsOf[first].push(pairs.length);
      pairsOf[second].push(pairs.length);
      pairs.push({ first, second, above, below });
    }
  }
  const decided = new Uint8Array(pairs.length);
  const weight = new Float64Array(pairs.length);
  const least = new Float64Array(bodies.length);
  const most = new Float64Array(bodies.length);
  const store = new SectionCheck(bodies, sections, members, pairs, decided, least, most);

  // What to restore: [array, index, former value], flattened.
  const trail: (Float64Array | Uint8Array | number)[] = [];
  const set = (array: Float64Array | Uint8Array, index: number, value: number) => {
    trail.push(array, index, array[index]);
    array[index] = value;
  };
  const undoTo = (mark: number) => {
    while (trail.length > mark) {
      const former = trail.pop() as number;
      const index = trail.pop() as number;
      (trail.pop() as Float64Array)[index] = former;
    }
  };
  const changed = new Set<number>();
  let work = 0;
  let limit = 0;
  let stopped = false;

  /** Moves the bounds of a decided pair; false if one of the bodies has no place left. */
  function separate(lower: number, upper: number, distance: number): boolean {
    const low = alignUp(least[lower] + distance, bodies[upper].alignment);
    if (low > least[upper]) {
      set(least, upper, low);
      changed.add(upper);
    }
    const high = alignDown(most[upper] - distance, bodies[lower].alignment);
    if (high < most[lower]) {
      set(most, lower, high);
      changed.add(lower);
    }
    return least[upper] <= most[upper] && least[lower] <= most[lower];
  }

  function visit(index: number): boolean {
    const { first, second, above, below } = pairs[index];
    if (decided[index] === undecided) {
      const canFirst = least[first] + above <= most[second];
      const canSecond = least[second] + below <= most[first];
      if (canFirst && canSecond) return true;
      if (!canFirst && !canSecond) return false;
      set(decided, index, canFirst ? firstBelow : secondBelow);
      store.touch(first);
    }
    return decided[index] === firstBelow ? separate(first, second, above) : separate(second, first, below);
  }

  function propagate(): boolean {
    for (const body of changed) {
      changed.delete(body);
      store.touch(body);
      work += 4 * pairsOf[body].length;
      for (const index of pairsOf[body]) {
        if (visit(index)) continue;
        weight[index]++;
        changed.clear();
        store.clear();
        return false;
      }
    }
    work += store.cost();
    return store.check();
  }

  /** The undecided pair with the least freedom for its record of failures. */
  function choose(): number {
    let best = -1;
    let bestScore = Number.POSITIVE_INFINITY;
    work += pairs.length;
    for (let index = 0; index < pairs.length; index++) {
      if (decided[index] !== undecided) continue;
      const score = (freedom(index, firstBelow) + freedom(index, secondBelow)) / weight[index];
      if (score < bestScore) {
        bestScore = score;
        best = index;
      }
    }
    return best;
  }

  function freedom(index: number, direction: number): number {
    const { first, second, above, below } = pairs[index];
    return direction === firstBelow
      ? most[second] - least[first] - above
      : most[first] - least[second] - below;
  }

  function solve(depth: number): boolean {
    const index = choose();
    if (index < 0) return true;
    const mark = trail.length;
    const easier = freedom(index, firstBelow) >= freedom(index, secondBelow) ? firstBelow : secondBelow;
    for (const direction of [easier, firstBelow + secondBelow - easier]) {
      stopped ||= work > limit || depth > deepest;
      if (stopped) return false;
      set(decided, index, direction);
      changed.add(pairs[index].first);
      changed.add(pairs[index].second);
      if (propagate()) {
        if (solve(depth + 1)) return true;
      } else {
        weight[index]++;
      }
      undoTo(mark);
    }
    return false;
  }

  return (capacity, budget) => {
    undoTo(0);
    weight.fill(1);
    least.fill(0);
    for (const m of members) most[m] = alignDown(capacity - bodies[m].bytes, bodies[m].alignment);
    work = 0;
    limit = budget;
    stopped = false;
    if (members.some((m) => most[m] < 0)) return { status: "exhausted", work };
    for (const member of members) changed.add(member);
    if (propagate() && solve(0)) {
      const bytes = members.reduce((top, m) => Math.max(top, least[m] + bodies[m].bytes), 0);
      return { status: "found", layout: { offsets: least.slice(), bytes }, work };
    }
    return { status: stopped ? "stopped" : "exhausted", work };
  };
}
