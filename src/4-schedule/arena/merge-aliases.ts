import { type ArenaProblem, defaultAlignment } from "./problem.js";

/** A buffer inside a body. */
export interface Part {
  /** Position in `ArenaProblem.buffers`. */
  readonly buffer: number;
  /** Bytes from the start of the body. */
  readonly at: number;
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
}

/** Buffers whose offsets are tied to each other by aliases; most have one part. It moves as a whole. */
export interface Body {
  readonly parts: readonly Part[];
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Joins buffers that aliases tie together. Each part keeps its own lifetime, so that what a slice leaves
 * behind is free, and the later parts of a Concat are free until they are written.
 *
 * Throws where a buffer is unknown or listed twice, aliases contradict each other, or a part would be
 * misaligned: the caller has made an alias that it must not make.
 */
export function mergeAliases(problem: ArenaProblem): Body[] {
  const { buffers, aliases = [] } = problem;
  const indexOf = indexBuffers(problem);
  const ties = buffers.map((): { to: number; at: number }[] => []);
  for (const { buffer, base, at = 0 } of aliases) {
    const [b, a] = [lookUp(indexOf, buffer), lookUp(indexOf, base)];
    ties[a].push({ to: b, at });
    ties[b].push({ to: a, at: -at });
  }

  const position = new Array<number | undefined>(buffers.length);
  const bodies: Body[] = [];
  for (let root = 0; root < buffers.length; root++) {
    if (position[root] !== undefined) continue;
    position[root] = 0;
    const members = [root];
    for (const member of members) {
      for (const { to, at } of ties[member]) {
        const expected = position[member]! + at;
        if (position[to] === undefined) {
          position[to] = expected;
          members.push(to);
        } else if (position[to] !== expected) {
          throw new Error(`aliases put "${buffers[to].id}" at two places of "${buffers[root].id}"`);
        }
      }
    }
    const start = Math.min(...members.map((m) => position[m]!));
    bodies.push(makeBody(problem, members, (m) => position[m]! - start));
  }
  return bodies;
}

/** Position of each buffer id in the problem; throws where an id occurs twice. */
export function indexBuffers(problem: ArenaProblem): Map<string, number> {
  const indexOf = new Map(problem.buffers.map((b, i) => [b.id, i]));
  if (indexOf.size < problem.buffers.length) throw new Error("two arena buffers have the same id");
  return indexOf;
}

export function lookUp(indexOf: ReadonlyMap<string, number>, id: string): number {
  const index = indexOf.get(id);
  if (index === undefined) throw new Error(`no arena buffer "${id}"`);
  return index;
}

function makeBody(problem: ArenaProblem, members: readonly number[], at: (member: number) => number): Body {
  const parts = members.map((buffer): Part => {
    const {
      id,
      bytes,
      alignment = defaultAlignment,
      firstStep: first,
      lastStep: last,
    } = problem.buffers[buffer];
    if (!(bytes >= 0) || !(first <= last))
      throw new Error(`arena buffer "${id}" has no valid size or lifetime`);
    if (Math.log2(alignment) % 1 !== 0) throw new Error(`arena buffer "${id}" has alignment ${alignment}`);
    if (at(buffer) % alignment !== 0) {
      throw new Error(
        `"${id}" is aliased ${at(buffer)} bytes into its body, against its alignment of ${alignment}`,
      );
    }
    return { buffer, at: at(buffer), bytes, alignment, first, last };
  });
  return {
    parts,
    bytes: Math.max(...parts.map((p) => p.at + p.bytes)),
    alignment: Math.max(...parts.map((p) => p.alignment)),
    first: Math.min(...parts.map((p) => p.first)),
    last: Math.max(...parts.map((p) => p.last)),
  };
}
