import { type Body, indexBuffers, lookUp, type Part } from "./merge-aliases.js";
import { type ArenaProblem, alignUp } from "./problem.js";

/**
 * Memory over time. A section is a run of steps in which the same parts are live. Sizes are rounded up to
 * the grain, the least alignment in the problem: offsets are multiples of it, so nothing else fits in
 * between. Only the topmost buffer's rounding need not be inside the arena (`padding`).
 */
export interface Sections {
  readonly count: number;
  /** For each body the sections in which it is live. */
  readonly profiles: readonly Profile[];
  /** For each section the overlaps that may take effect in it. */
  readonly savings: readonly (readonly Saving[])[];
  /** For each section the most that its overlaps can save together. */
  readonly savingLimit: Float64Array;
  /** For each section the largest rounding among the parts live in it. */
  readonly padding: Float64Array;
  /** For each section the least memory that holds what is live in it. */
  readonly bound: Float64Array;
}

/** A body's lowest live byte and its live bytes in section `first + k`; Infinity and 0 where it is idle. */
export interface Profile {
  readonly first: number;
  readonly low: Float64Array;
  readonly size: Float64Array;
}

/** At most `bytes` of body `below` can lie in memory shared with body `above`. */
export interface Saving {
  readonly below: number;
  readonly above: number;
  readonly bytes: number;
}

export function divideIntoSections(problem: ArenaProblem, bodies: readonly Body[]): Sections {
  const parts = bodies.flatMap((body) => body.parts);
  const grain = Math.min(...parts.map((p) => p.alignment));
  const edges = [...new Set(parts.flatMap((p) => [p.first, p.last + 1]))].sort((a, b) => a - b);
  const sectionAt = new Map(edges.map((step, i) => [step, i]));
  const count = Math.max(0, edges.length - 1);
  const sectionsOf = (p: Part) => ({ first: sectionAt.get(p.first)!, end: sectionAt.get(p.last + 1)! });

  const padding = new Float64Array(count);
  for (const p of parts) {
    const { first, end } = sectionsOf(p);
    const pad = alignUp(p.bytes, grain) - p.bytes;
    for (let s = first; s < end; s++) padding[s] = Math.max(padding[s], pad);
  }
  const profiles = bodies.map((body): Profile => {
    const first = sectionAt.get(body.first)!;
    const length = sectionAt.get(body.last + 1)! - first;
    const low = new Float64Array(length);
    const size = new Float64Array(length);
    for (let k = 0; k < length; k++) {
      const live = body.parts.filter((p) => {
        const range = sectionsOf(p);
        return p.bytes > 0 && range.first <= first + k && first + k < range.end;
      });
      low[k] = Math.min(...live.map((p) => p.at));
      size[k] = unionLength(live.map((p) => [p.at, p.at + alignUp(p.bytes, grain)]));
    }
    return { first, low, size };
  });

  const { savings, savingLimit } = findSavings(problem, bodies, count, grain, sectionsOf);
  const bound = new Float64Array(count);
  for (const { first, size } of profiles) {
    for (let k = 0; k < size.length; k++) bound[first + k] += size[k];
  }
  for (let s = 0; s < count; s++) bound[s] -= savingLimit[s] + padding[s];
  return { count, profiles, savings, savingLimit, padding, bound };
}

function unionLength(ranges: [number, number][]): number {
  ranges.sort((a, b) => a[0] - b[0]);
  let length = 0;
  let end = 0;
  for (const [from, to] of ranges) {
    length += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return length;
}

/**
 * A union is at least the sum of its parts less their pairwise intersections, and `below` and `above`
 * share at most min(above, below - distance) bytes. What several inputs share with one output lies
 * within that output from the least distance on, so together they save no more than that; the argument
 * adds outputs after their inputs and needs that no buffer is both in the same section.
 */
function findSavings(
  problem: ArenaProblem,
  bodies: readonly Body[],
  count: number,
  grain: number,
  sectionsOf: (p: Part) => { first: number; end: number },
) {
  const indexOf = indexBuffers(problem);
  const placeOf = new Map(
    bodies.flatMap((body, i) => body.parts.map((part) => [part.buffer, { body: i, part }] as const)),
  );
  const entries = Array.from(
    { length: count },
    (): (Saving & { lower: Part; upper: Part; room: number })[] => [],
  );
  for (const { below, above, distance } of problem.overlaps ?? []) {
    const lower = placeOf.get(lookUp(indexOf, below))!;
    const upper = placeOf.get(lookUp(indexOf, above))!;
    if (lower.body === upper.body) continue;
    const room = alignUp(lower.part.bytes, grain) - alignUp(Math.max(0, distance), grain);
    const bytes = Math.min(alignUp(upper.part.bytes, grain), room);
    if (bytes <= 0) continue;
    const [a, b] = [sectionsOf(lower.part), sectionsOf(upper.part)];
    for (let s = Math.max(a.first, b.first); s < Math.min(a.end, b.end); s++) {
      entries[s].push({
        below: lower.body,
        above: upper.body,
        bytes,
        lower: lower.part,
        upper: upper.part,
        room,
      });
    }
  }
  const savingLimit = Float64Array.from(entries, (list) => {
    const uppers = new Set(list.map((e) => e.upper));
    const lowers = new Set(list.map((e) => e.lower));
    const capped = [...lowers].every((p) => !uppers.has(p));
    let total = 0;
    for (const lower of lowers) {
      const own = list.filter((e) => e.lower === lower);
      const sum = own.reduce((n, e) => n + e.bytes, 0);
      total += capped ? Math.min(sum, Math.max(...own.map((e) => e.room))) : sum;
    }
    return total;
  });
  return { savings: entries, savingLimit };
}
