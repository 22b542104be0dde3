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

interface Entry extends Saving {
  readonly lower: Part;
  readonly upper: Part;
  /** Bytes of `lower` that can lie in `upper`: those beyond the distance. */
  readonly room: number;
}

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
  const savings = Array.from({ length: count }, (): Entry[] => []);
  for (const { below, above, distance } of problem.overlaps ?? []) {
    const lower = placeOf.get(lookUp(indexOf, below));
    const upper = placeOf.get(lookUp(indexOf, above));
    if (!lower || !upper || lower.body === upper.body) continue;
    const room = alignUp(lower.part.bytes, grain) - alignUp(Math.max(0, distance), grain);
    const bytes = Math.min(alignUp(upper.part.bytes, grain), room);
    if (bytes <= 0) continue;
    const entry = { below: lower.body, above: upper.body, bytes, lower: lower.part, upper: upper.part, room };
    const [a, b] = [sectionsOf(lower.part), sectionsOf(upper.part)];
    for (let s = Math.max(a.first, b.first); s < Math.min(a.end, b.end); s++) savings[s].push(entry);
  }
  return { savings, savingLimit: Float64Array.from(savings, (list) => mostSaved(list, grain)) };
}

/**
 * The size of a union is found by adding parts one by one, each less what it shares with those before:
 * at most the sum of its overlaps with them, and at most the bytes of its own that can take part. The
 * parts with the most overlaps come last, so that this second limit counts for them.
 */
function mostSaved(entries: readonly Entry[], grain: number): number {
  let left = entries;
  let total = 0;
  while (left.length > 0) {
    const degree = new Map<Part, number>();
    for (const { lower, upper } of left) {
      for (const part of [lower, upper]) degree.set(part, (degree.get(part) ?? 0) + 1);
    }
    const hub = [...degree].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
    const own = left.filter((e) => e.lower === hub || e.upper === hub);
    // Where two parts may overlap either way round, the better of the two counts.
    const shared = new Map<Part, number>();
    for (const { lower, upper, bytes } of own) {
      const other = lower === hub ? upper : lower;
      shared.set(other, Math.max(shared.get(other) ?? 0, bytes));
    }
    const sum = [...shared.values()].reduce((a, b) => a + b, 0);
    const limit = Math.max(...own.map((e) => (e.lower === hub ? e.room : alignUp(hub.bytes, grain))));
    total += Math.min(sum, limit);
    left = left.filter((e) => !own.includes(e));
  }
  return total;
}
