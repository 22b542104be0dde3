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
  let bytes = 0;
  for (const i of order) {
    const taken = conflicts.neighbours[i]
      .filter((n) => offsets[n.body] >= 0)
      .map((n) => ({ from: offsets[n.body] - n.above, to: offsets[n.body] + n.below }))
      .sort((a, b) => a.from - b.from);
    let offset = 0;
    for (const { from, to } of taken) {
      if (from >= offset) break;
      if (to > offset) offset = alignUp(to, bodies[i].alignment);
    }
    offsets[i] = offset;
    bytes = Math.max(bytes, offset + bodies[i].bytes);
  }
  return { offsets, bytes };
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
