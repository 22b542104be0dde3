import type { Sections } from "./lower-bound.js";
import type { Body } from "./merge-aliases.js";

/** What a search has decided about a pair. */
export const undecided = 0;
export const firstBelow = 1;
export const secondBelow = 2;

/** Two bodies in conflict: either second - first >= above, or first - second >= below. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly above: number;
  readonly below: number;
}

/** Whether sections can hold their bodies between the bounds that these have. */
export class SectionCheck {
  readonly #touched = new Set<number>();
  /** For each section its bodies with their live size and lowest live byte in it. */
  readonly #live: { body: number; size: number; low: number }[][];
  /** `pair` is undefined where two bodies may overlap freely. */
  readonly #overlaps: { pair?: number; direction: number; below: number; above: number; bytes: number }[][];

  constructor(
    readonly bodies: readonly Body[],
    readonly sections: Sections,
    members: readonly number[],
    pairs: readonly Pair[],
    readonly decided: Uint8Array,
    readonly least: Float64Array,
    readonly most: Float64Array,
  ) {
    this.#live = Array.from({ length: sections.count }, () => []);
    for (const body of members) {
      const { first, size, low } = sections.profiles[body];
      for (let k = 0; k < size.length; k++) {
        if (size[k] > 0) this.#live[first + k].push({ body, size: size[k], low: low[k] });
      }
    }
    const indexOf = new Map(pairs.map((p, i) => [p.first * bodies.length + p.second, i]));
    this.#overlaps = sections.savings.map((list) =>
      list.map(({ below, above, bytes }) => {
        const pair = indexOf.get(Math.min(below, above) * bodies.length + Math.max(below, above));
        return { pair, direction: below < above ? firstBelow : secondBelow, below, above, bytes };
      }),
    );
  }

  touch(body: number): void {
    const { first, size } = this.sections.profiles[body];
    for (let k = 0; k < size.length; k++) this.#touched.add(first + k);
  }

  clear(): void {
    this.#touched.clear();
  }

  cost(): number {
    let cost = 0;
    for (const s of this.#touched) cost += 8 * this.#live[s].length;
    return cost;
  }

  check(): boolean {
    for (const s of this.#touched) {
      if (this.#holds(s)) continue;
      this.clear();
      return false;
    }
    this.clear();
    return true;
  }

  /**
   * For every offset, the bodies that have to lie above it must fit below the highest that one of them
   * may end; and the same from above.
   */
  #holds(s: number): boolean {
    const live = this.#live[s];
    const { bodies, least, most } = this;
    const bottom = (e: { body: number; low: number }) => least[e.body] + e.low;
    const top = (e: { body: number }) => most[e.body] + bodies[e.body].bytes;

    live.sort((a, b) => bottom(b) - bottom(a));
    let need = -this.sections.padding[s];
    let end = 0;
    for (let i = 0; i < live.length; i++) {
      need += live[i].size;
      end = Math.max(end, top(live[i]));
      const excess = bottom(live[i]) + need - end;
      if (excess > 0 && excess > this.#saved(s, live, i)) return false;
    }
    live.sort((a, b) => top(a) - top(b));
    need = -this.sections.padding[s];
    let start = Number.POSITIVE_INFINITY;
    for (let i = 0; i < live.length; i++) {
      need += live[i].size;
      start = Math.min(start, bottom(live[i]));
      const excess = start + need - top(live[i]);
      if (excess > 0 && excess > this.#saved(s, live, i)) return false;
    }
    return true;
  }

  /** The most that overlaps can save among the first bodies of a section, up to position `last`. */
  #saved(s: number, live: readonly { body: number }[], last: number): number {
    let saved = 0;
    for (const { pair, direction, below, above, bytes } of this.#overlaps[s]) {
      const decision = pair === undefined ? undecided : this.decided[pair];
      if (decision !== undecided && decision !== direction) continue;
      const inside = (body: number) => live.findIndex((e) => e.body === body) <= last;
      if (inside(below) && inside(above)) saved += bytes;
    }
    return Math.min(saved, this.sections.savingLimit[s]);
  }
}
