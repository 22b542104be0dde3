import type { Conflicts } from "./conflicts.js";
import type { Sections } from "./lower-bound.js";
import type { Body } from "./merge-aliases.js";
import { alignUp } from "./problem.js";

export interface Layout {
  /** Offset of each body; of no meaning for bodies that were not asked for. */
  readonly offsets: Float64Array;
  readonly bytes: number;
}

/** Places bodies one after the other, each at the lowest offset that the ones before leave free. */
export function placeInOrder(
  bodies: readonly Body[],
  conflicts: Conflicts,
  order: readonly number[],
): Layout {
  const offsets = new Float64Array(bodies.length).fill(-1);
  // The stretches that a body may not start in, by their lower end.
  const from: number[] = [];
  const to: number[] = [];
  let bytes = 0;
  for (const i of order) {
    let count = 0;
    for (const n of conflicts.neighbours[i]) {
      if (offsets[n.body] < 0) continue;
      const start = offsets[n.body] - n.above;
      let at = count++;
      for (; at > 0 && from[at - 1] > start; at--) {
        from[at] = from[at - 1];
        to[at] = to[at - 1];
      }
      from[at] = start;
      to[at] = offsets[n.body] + n.below;
    }
    let offset = 0;
    for (let k = 0; k < count && from[k] < offset; k++) {
      if (to[k] > offset) offset = alignUp(to[k], bodies[i].alignment);
    }
    offsets[i] = offset;
    bytes = Math.max(bytes, offset + bodies[i].bytes);
  }
  return { offsets, bytes };
}

/**
 * Repeats a greedy placement, each time with the bodies that made it too large further ahead in the
 * order, until it fits into `target` bytes or `limit` rounds are over ("squeaky wheel" optimisation, Joslin and
 * Clements 1999). Gives the best
 * layout met, and how many rounds it took.
 */
export function promoteTallest(
  bodies: readonly Body[],
  conflicts: Conflicts,
  start: readonly number[],
  target: number,
  limit: number,
): { layout: Layout; rounds: number } {
  const order = [...start];
  let best = placeInOrder(bodies, conflicts, order);
  let layout = best;
  let rounds = 0;
  for (; rounds < limit && best.bytes > target; rounds++) {
    const tooHigh = (b: number) => layout.offsets[b] + bodies[b].bytes >= best.bytes;
    const place = new Map(order.map((b, i) => [b, tooHigh(b) ? Math.floor(i / 2) - 0.5 : i]));
    order.sort((a, b) => place.get(a)! - place.get(b)!);
    layout = placeInOrder(bodies, conflicts, order);
    if (layout.bytes < best.bytes) best = layout;
  }
  return { layout: best, rounds };
}

/** Orders to place bodies in, largest key first; `keys` decide in turn. */
export interface PlacementOrder {
  readonly name: string;
  readonly order: readonly number[];
}

/** The orders that the greedy placement and the search try: no single one is best on every graph. */
export function placementOrders(
  bodies: readonly Body[],
  conflicts: Conflicts,
  sections: Sections,
  members: readonly number[],
): PlacementOrder[] {
  const size = bodies.map((b) => b.bytes);
  const length = bodies.map((b) => b.last - b.first + 1);
  const area = sections.profiles.map((p) => p.size.reduce((a, b) => a + b, 0));
  const pressure = sections.profiles.map((p) =>
    p.size.reduce((m, _, k) => Math.max(m, sections.bound[p.first + k]), 0),
  );
  const conflict = conflicts.neighbours.map((list) => list.reduce((sum, n) => sum + size[n.body], 0));
  const first = bodies.map((b) => -b.first);
  const last = bodies.map((b) => b.last);
  const by = (name: string, ...keys: number[][]): PlacementOrder => ({
    name,
    order: [...members].sort((a, b) => {
      for (const key of keys) if (key[a] !== key[b]) return key[b] - key[a];
      return a - b;
    }),
  });
  return [
    by("size", size, length),
    by("pressure and size", pressure, size),
    by("pressure and lifetime", pressure, length, area),
    by("pressure and area", pressure, area, length),
    by("lifetime", length, size),
    by("area", area, size),
    by("conflict", conflict, size),
    by("start", first, size),
    by("end", last, size),
  ];
}
