import type { Graph } from "../ir/graph.js";
import type { MemoryGroups } from "./memory-groups.js";
import type { Selection } from "./select-kernel.js";
import type { Lifetime, Storage } from "./storage.js";

/** Unites a kernel's output with an input it may overwrite; gives the function from group to united group. */
export function mergeInPlace(
  graph: Graph<"kernel">,
  memory: MemoryGroups,
  selections: readonly (Selection | undefined)[],
  lifetimes: ReadonlyMap<string, Lifetime>,
  external: ReadonlyMap<string, Storage>,
): (group: string) => string {
  const { groups, bytes } = memory;
  const bodies = new Bodies(memory);
  graph.nodes.forEach((node, step) => {
    const output = node.outputs[0];
    const outputGroup = output ? groups.get(output)! : undefined;
    if (!outputGroup || external.has(outputGroup)) return;
    // An input that has been live for longest: a residual stays where it is, and what was computed just now
    // may reach into the memory that it was computed from.
    const age = (index: number) => lifetimes.get(groups.get(node.inputs[index])!)?.first ?? 0;
    const allowed = (selections[step]?.accepted.inPlace ?? []).filter((index) => node.inputs[index]);
    for (const index of allowed.sort((a, b) => age(a) - age(b))) {
      const inputGroup = groups.get(node.inputs[index])!;
      if (external.has(inputGroup)) continue;
      const usedTwice = node.inputs.some((name, i) => i !== index && name && groups.get(name) === inputGroup);
      if (usedTwice && !sameElementwise(selections[step], node.inputs, index, groups)) continue;
      if (lifetimes.get(inputGroup)!.last !== step || bytes.get(outputGroup)! > bytes.get(inputGroup)!)
        continue;
      const others = bodies.around(inputGroup);
      if (memory.inside.has(outputGroup)) {
        // The output's place in a larger buffer: what was there before it must fit, and lie nowhere else.
        const fits = ({ group, at }: Member) => at === 0 && bytes.get(group)! <= bytes.get(outputGroup)!;
        if (!others.every(fits) || others.some(({ group }) => bodies.isTied(group))) continue;
      }
      // What overlaps the input, a slice of it or what it is a slice of, must be dead as well.
      const [from, to] = [0, bytes.get(outputGroup)!];
      const live = others.some(
        ({ group, at }) =>
          group !== inputGroup &&
          at < to &&
          at + bytes.get(group)! > from &&
          (lifetimes.get(group)?.last ?? -1) >= step,
      );
      if (live) continue;
      bodies.unite(inputGroup, outputGroup);
      return;
    }
  });
  return (group) => bodies.united(group);
}

/** An input that is read twice may be overwritten only if the kernel allows it for each of the reads. */
function sameElementwise(
  selection: Selection | undefined,
  inputs: readonly string[],
  index: number,
  groups: ReadonlyMap<string, string>,
): boolean {
  const allowed = selection?.accepted.inPlace ?? [];
  return inputs.every(
    (name, i) => !name || groups.get(name) !== groups.get(inputs[index]) || allowed.includes(i),
  );
}

/** A group and its place, in bytes after another's. */
interface Member {
  readonly group: string;
  readonly at: number;
}

/** Groups whose places depend on each other. */
class Bodies {
  readonly #links = new Map<string, Member[]>();
  readonly #parent = new Map<string, string>();
  readonly #tied = new Set<string>();

  constructor({ inside }: MemoryGroups) {
    for (const [group, { base, at }] of inside) {
      this.#link(base, group, at);
      this.#tied.add(group).add(base);
    }
  }

  /** Whether a group is inside another, or another inside it. */
  isTied(group: string): boolean {
    return this.#tied.has(group);
  }

  /** All groups of a group's body, itself too. */
  around(group: string): Member[] {
    const members: Member[] = [{ group, at: 0 }];
    const seen = new Set([group]);
    for (const member of members) {
      for (const { group: next, at } of this.#links.get(member.group) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        members.push({ group: next, at: member.at + at });
      }
    }
    return members;
  }

  unite(into: string, group: string): void {
    this.#link(into, group, 0);
    this.#parent.set(this.united(group), this.united(into));
  }

  united(group: string): string {
    let current = group;
    for (let next = this.#parent.get(current); next !== undefined; next = this.#parent.get(current))
      current = next;
    return current;
  }

  #link(base: string, group: string, at: number): void {
    const add = (from: string, member: Member) =>
      this.#links.set(from, [...(this.#links.get(from) ?? []), member]);
    add(base, { group, at });
    add(group, { group: base, at: -at });
  }
}
