import type { Graph } from "../ir/graph.js";
import { mergeInPlace } from "./in-place.js";
import { groupMemory, type MemoryGroups, outermost } from "./memory-groups.js";
import type { Selection } from "./select-kernel.js";

/** Where the elements of a value are while the program runs; `offset` is in bytes from the start of what is named. */
export type Storage =
  | { readonly kind: "input"; readonly index: number; readonly offset: number }
  | { readonly kind: "output"; readonly index: number; readonly offset: number }
  | { readonly kind: "constant"; readonly value: string; readonly offset: number }
  | { readonly kind: "arena"; readonly buffer: number };

/** A stretch of the arena: live from the step that first writes it to the last that reads it. */
export interface ArenaBuffer {
  readonly id: number;
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Where it lies if it is a slice or a part of another buffer. */
  readonly inside?: { readonly buffer: number; readonly at: number };
  /** Bytes from the start of the outermost buffer that it is inside of. */
  readonly at: number;
  /** Values held in it, for comments. Views and in-place results share a buffer. `scratch` for a kernel's own. */
  readonly values: readonly string[];
}

export interface StoragePlan {
  readonly storage: ReadonlyMap<string, Storage>;
  readonly buffers: readonly ArenaBuffer[];
  readonly overlaps: readonly BufferOverlap[];
  /** By node name, the buffer of the kernel's scratch. */
  readonly scratch: ReadonlyMap<string, number>;
}

/** Buffer `below` may reach into buffer `above` if it begins `distance` bytes or more before it. */
export interface BufferOverlap {
  readonly below: number;
  readonly above: number;
  readonly distance: number;
}

/** First and last step that touch a group. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/**
 * Decides which values share memory. Inputs and outputs of the graph stay in the caller's memory, a
 * view is part of its source, the inputs of a Join are parts of its output, and a kernel that may work in
 * place does so when its input dies with it.
 *
 * Expects that no view links an input or a constant to an output (legalizing inserts copies there).
 */
export function assignStorage(
  graph: Graph<"kernel">,
  selections: readonly (Selection | undefined)[],
): StoragePlan {
  const memory = groupMemory(graph);
  const lifetimes = lifetimesOf(graph, memory);
  const external = externalStorage(graph, memory);
  const merged = mergeInPlace(graph, memory, selections, lifetimes, external);

  const storage = new Map<string, Storage>();
  const bufferOf = new Map<string, number>();
  const buffers: (Omit<ArenaBuffer, "values"> & { values: string[] })[] = [];
  for (const value of graph.values.values()) {
    const group = memory.groups.get(value.name)!;
    const outside = external.get(group);
    if (outside) {
      storage.set(value.name, outside);
      continue;
    }
    const life = lifetimes.get(group);
    if (!life) continue;
    const shared = merged(group);
    const id = bufferOf.get(shared) ?? buffers.length;
    bufferOf.set(shared, id);
    const former = buffers[id];
    buffers[id] = {
      id,
      bytes: Math.max(former?.bytes ?? 0, memory.bytes.get(group)!),
      firstStep: Math.min(former?.firstStep ?? life.first, life.first),
      lastStep: Math.max(former?.lastStep ?? life.last, life.last),
      at: 0,
      values: [...(former?.values ?? []), value.name],
    };
    storage.set(value.name, { kind: "arena", buffer: id });
  }
  for (const [group, { base, at }] of memory.inside) {
    const id = bufferOf.get(merged(group));
    const around = bufferOf.get(merged(base));
    if (id === undefined || around === undefined) continue;
    buffers[id] = { ...buffers[id], inside: { buffer: around, at } };
  }
  for (const [id, buffer] of buffers.entries()) buffers[id] = { ...buffer, at: depthOf(buffers, buffer) };

  const overlaps = selections.flatMap((selection, step): BufferOverlap[] => {
    const overlap = selection?.accepted.overlap;
    if (!overlap) return [];
    const { inputs, outputs } = graph.nodes[step];
    const [above, below] = [storage.get(inputs[overlap.input]), storage.get(outputs[0])];
    if (above?.kind !== "arena" || below?.kind !== "arena" || above.buffer === below.buffer) return [];
    const dies = buffers[above.buffer].lastStep === step && buffers[below.buffer].firstStep === step;
    return dies ? [{ below: below.buffer, above: above.buffer, distance: overlap.distance }] : [];
  });

  const scratch = new Map<string, number>();
  selections.forEach((selection, step) => {
    const bytes = selection?.accepted.scratch ?? 0;
    if (bytes === 0) return;
    scratch.set(graph.nodes[step].name, buffers.length);
    buffers.push({
      id: buffers.length,
      bytes,
      firstStep: step,
      lastStep: step,
      at: 0,
      values: [`scratch of ${graph.nodes[step].name}`],
    });
  });
  return { storage, buffers, overlaps, scratch };
}

function depthOf(
  buffers: readonly Omit<ArenaBuffer, "values">[],
  { inside }: Pick<ArenaBuffer, "inside">,
): number {
  return inside ? inside.at + depthOf(buffers, buffers[inside.buffer]) : 0;
}

function lifetimesOf(graph: Graph<"kernel">, { groups }: MemoryGroups): Map<string, Lifetime> {
  const lifetimes = new Map<string, Lifetime>();
  graph.nodes.forEach((node, step) => {
    for (const name of [...node.inputs, ...node.outputs]) {
      if (!name) continue;
      const group = groups.get(name)!;
      lifetimes.set(group, { first: lifetimes.get(group)?.first ?? step, last: step });
    }
  });
  return lifetimes;
}

/** Groups that live in the caller's memory or in flash. A group that holds an output lives there. */
function externalStorage(graph: Graph<"kernel">, memory: MemoryGroups): Map<string, Storage> {
  const own = new Map<string, Storage>();
  for (const value of graph.values.values()) {
    if (value.data)
      own.set(memory.groups.get(value.name)!, { kind: "constant", value: value.name, offset: 0 });
  }
  graph.inputs.forEach((name, index) => {
    own.set(memory.groups.get(name)!, { kind: "input", index, offset: 0 });
  });
  graph.outputs.forEach((name, index) => {
    own.set(memory.groups.get(name)!, { kind: "output", index, offset: 0 });
  });
  const external = new Map(own);
  for (const group of memory.inside.keys()) {
    const { base, at } = outermost(memory, group);
    const storage = own.get(base);
    if (storage && storage.kind !== "arena") external.set(group, { ...storage, offset: at });
  }
  return external;
}
