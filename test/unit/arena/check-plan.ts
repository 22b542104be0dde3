import type { ArenaPlan, ArenaProblem } from "../../../src/4-schedule/arena/problem.js";

/** Whether offsets obey a problem, straight from the definitions in problem.ts, pair by pair. */
export function violations(problem: ArenaProblem, offsetOf: (id: string) => number): string[] {
  const found: string[] = [];
  const group = aliasGroups(problem);
  for (const b of problem.buffers) {
    if (offsetOf(b.id) < 0 || offsetOf(b.id) % (b.alignment ?? 16) !== 0) found.push(`${b.id} is misaligned`);
  }
  for (const { buffer, base, at = 0 } of problem.aliases ?? []) {
    if (offsetOf(buffer) !== offsetOf(base) + at) found.push(`${buffer} is not ${at} bytes into ${base}`);
  }
  for (const a of problem.buffers) {
    for (const b of problem.buffers) {
      if (a.id >= b.id || group.get(a.id) === group.get(b.id)) continue;
      if (a.lastStep < b.firstStep || b.lastStep < a.firstStep) continue;
      const [start, end] = [offsetOf(a.id), offsetOf(a.id) + a.bytes];
      const disjoint = end <= offsetOf(b.id) || offsetOf(b.id) + b.bytes <= start;
      const permitted = (problem.overlaps ?? []).some(
        (o) =>
          [o.below, o.above].includes(a.id) &&
          [o.below, o.above].includes(b.id) &&
          offsetOf(o.above) - offsetOf(o.below) >= Math.max(0, o.distance),
      );
      if (!disjoint && !permitted && a.bytes > 0 && b.bytes > 0) found.push(`${a.id} and ${b.id} collide`);
    }
  }
  return found;
}

/** What every plan must satisfy. */
export function planViolations(problem: ArenaProblem, plan: ArenaPlan): string[] {
  const found = violations(problem, (id) => plan.offsets.get(id)!);
  const top = Math.max(0, ...plan.buffers.map((b) => (b.bytes > 0 ? b.offset + b.bytes : 0)));
  if (top !== plan.bytes) found.push(`the arena has ${plan.bytes} bytes, its buffers end at ${top}`);
  if (plan.bytes < plan.lowerBound)
    found.push(`${plan.bytes} bytes are less than the bound ${plan.lowerBound}`);
  return found;
}

/** The smallest arena, by trying every offset up to `limit` for every group of aliased buffers. */
export function smallestArena(problem: ArenaProblem, limit: number): number {
  const group = aliasGroups(problem);
  const roots = [...new Set(group.values())];
  const shift = shiftsFrom(problem, roots);
  const offsets = new Map<string, number>();
  let best = limit;
  const place = (index: number): void => {
    if (index === roots.length) {
      best = Math.min(best, Math.max(0, ...problem.buffers.map((b) => offsets.get(b.id)! + b.bytes)));
      return;
    }
    const members = problem.buffers.filter((b) => group.get(b.id) === roots[index]);
    const least = Math.max(...members.map((m) => -shift.get(m.id)!));
    for (let offset = least; offset < best; offset++) {
      for (const m of members) offsets.set(m.id, offset + shift.get(m.id)!);
      if (members.some((m) => offsets.get(m.id)! + m.bytes >= best)) break;
      const placed = problem.buffers.filter((b) => offsets.has(b.id));
      const part = {
        buffers: placed,
        overlaps: problem.overlaps?.filter((o) => offsets.has(o.below) && offsets.has(o.above)),
        aliases: problem.aliases?.filter((a) => offsets.has(a.buffer) && offsets.has(a.base)),
      };
      if (violations(part, (id) => offsets.get(id)!).length === 0) place(index + 1);
    }
    for (const m of members) offsets.delete(m.id);
  };
  place(0);
  return best;
}

function aliasGroups(problem: ArenaProblem): Map<string, string> {
  const group = new Map(problem.buffers.map((b) => [b.id, b.id]));
  for (const { buffer, base } of problem.aliases ?? []) {
    const [from, to] = [group.get(buffer)!, group.get(base)!];
    for (const [id, root] of group) if (root === from) group.set(id, to);
  }
  return group;
}

/** Offset of each buffer relative to the root of its group. */
function shiftsFrom(problem: ArenaProblem, roots: readonly string[]): Map<string, number> {
  const shift = new Map(roots.map((id) => [id, 0]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { buffer, base, at = 0 } of problem.aliases ?? []) {
      const [b, a] = [shift.get(buffer), shift.get(base)];
      if (a !== undefined && b === undefined) shift.set(buffer, a + at);
      else if (b !== undefined && a === undefined) shift.set(base, b - at);
      else continue;
      changed = true;
    }
  }
  return shift;
}
