import type { OrderProblem } from "./problem.js";

/** An `OrderProblem` by numbers. */
export interface MemoryGraph {
  readonly nodes: readonly MemoryNode[];
  readonly buffers: readonly MemoryBuffer[];
}

export interface MemoryNode {
  /** Arena buffers it reads or writes, each once. */
  readonly touches: readonly number[];
  /** Those of them that it writes. */
  readonly writes: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly scratch: number;
  readonly overlaps: readonly {
    readonly input: number;
    readonly output: number;
    readonly distance: number;
  }[];
}

export interface MemoryBuffer {
  readonly bytes: number;
  /** Nodes that read or write it. */
  readonly touchedBy: readonly number[];
  readonly producers: number;
  readonly keep: boolean;
}

/**
 * Nodes depend on each other through buffers, whether in the arena or not: a reader follows the writers
 * that come before it in the given order, and a writer follows the readers that come before it.
 */
export function buildMemoryGraph({ nodes, bufferBytes, keep = [] }: OrderProblem): MemoryGraph {
  const ids = [...bufferBytes.keys()];
  const indexOf = new Map(ids.map((id, i) => [id, i]));
  const kept = new Set(keep);
  const readers = new Map<string, number[]>();
  const writers = new Map<string, number[]>();
  const before = nodes.map(() => new Set<number>());
  nodes.forEach((node, i) => {
    for (const id of node.inputs) for (const writer of writers.get(id) ?? []) before[i].add(writer);
    for (const id of node.outputs) for (const reader of readers.get(id) ?? []) before[i].add(reader);
    for (const id of node.inputs) append(readers, id, i);
    for (const id of node.outputs) append(writers, id, i);
  });
  const after = nodes.map((): number[] => []);
  before.forEach((set, i) => {
    for (const b of set) after[b].push(i);
  });
  const inArena = (names: readonly string[]) => [...new Set(names)].flatMap((id) => indexOf.get(id) ?? []);
  return {
    nodes: nodes.map((node, i) => ({
      touches: inArena([...node.inputs, ...node.outputs]),
      writes: inArena(node.outputs),
      before: [...before[i]],
      after: after[i],
      scratch: node.scratch ?? 0,
      overlaps: (node.overlaps ?? []).flatMap(({ input, output, distance }) => {
        const [a, b] = [indexOf.get(input), indexOf.get(output)];
        return a === undefined || b === undefined ? [] : [{ input: a, output: b, distance }];
      }),
    })),
    buffers: ids.map((id) => ({
      bytes: bufferBytes.get(id)!,
      touchedBy: [...new Set([...(readers.get(id) ?? []), ...(writers.get(id) ?? [])])],
      producers: new Set(writers.get(id)).size,
      keep: kept.has(id),
    })),
  };
}

function append(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (!list) map.set(key, [value]);
  else if (list[list.length - 1] !== value) list.push(value);
}

/**
 * The most that the overlaps of a node save while it runs: for each output what lies beyond the least
 * distance, as in the arena planner's lower bound. `applies` tells which pairs may overlap.
 */
export function overlapSaving(
  { nodes, buffers }: MemoryGraph,
  node: number,
  applies: (input: number, output: number) => boolean,
): number {
  const { overlaps } = nodes[node];
  if (overlaps.length === 0) return 0;
  const byOutput = new Map<number, { sum: number; most: number }>();
  for (const { input, output, distance } of overlaps) {
    const room = buffers[output].bytes - Math.max(0, distance);
    if (room <= 0 || !applies(input, output)) continue;
    const { sum, most } = byOutput.get(output) ?? { sum: 0, most: 0 };
    byOutput.set(output, { sum: sum + Math.min(buffers[input].bytes, room), most: Math.max(most, room) });
  }
  let saving = 0;
  for (const { sum, most } of byOutput.values()) saving += Math.min(sum, most);
  return saving;
}
