import { dtypeInfo } from "../ir/dtype.js";
import { type Graph, getValue } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import type { Selection } from "./select-kernel.js";

/** Where the elements of a value are while the program runs. */
export type Storage =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output"; readonly index: number }
  | { readonly kind: "constant"; readonly value: string }
  | { readonly kind: "arena"; readonly buffer: number };

/** A stretch of the arena: live from the step that first writes it to the last that reads it. */
export interface ArenaBuffer {
  readonly id: number;
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Values held in it, for comments. Views and in-place results share a buffer. `scratch` for a kernel's own. */
  readonly values: readonly string[];
}

export interface StoragePlan {
  readonly storage: ReadonlyMap<string, Storage>;
  readonly buffers: readonly ArenaBuffer[];
  /** By node name, the buffer of the kernel's scratch. */
  readonly scratch: ReadonlyMap<string, number>;
}

/**
 * Decides which values share memory. Inputs and outputs of the graph stay in the caller's memory, a
 * view is its source, and a kernel that may work in place does so when its input dies with it.
 *
 * Expects that no view links an input or a constant to an output (legalizing inserts copies there).
 */
export function assignStorage(
  graph: Graph<"kernel">,
  selections: readonly (Selection | undefined)[],
): StoragePlan {
  const groups = groupViews(graph);
  const lifetimes = lifetimesOf(graph, groups);
  const external = externalStorage(graph, groups);
  const merged = mergeInPlace(graph, groups, selections, lifetimes, external);

  const storage = new Map<string, Storage>();
  const bufferOf = new Map<string, number>();
  const buffers: { id: number; bytes: number; firstStep: number; lastStep: number; values: string[] }[] = [];
  for (const value of graph.values.values()) {
    const group = merged(groups.get(value.name)!);
    const outside = external.get(groups.get(value.name)!);
    if (outside) {
      storage.set(value.name, outside);
      continue;
    }
    const bytes = numel(value.shape) * dtypeInfo[value.dtype].bytes;
    const life = lifetimes.get(groups.get(value.name)!);
    if (!life) continue;
    let id = bufferOf.get(group);
    if (id === undefined) {
      id = buffers.length;
      bufferOf.set(group, id);
      buffers.push({ id, bytes: 0, firstStep: life.first, lastStep: life.last, values: [] });
    }
    const buffer = buffers[id];
    buffer.bytes = Math.max(buffer.bytes, bytes);
    buffer.firstStep = Math.min(buffer.firstStep, life.first);
    buffer.lastStep = Math.max(buffer.lastStep, life.last);
    buffer.values.push(value.name);
    storage.set(value.name, { kind: "arena", buffer: id });
  }

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
      values: [`scratch of ${graph.nodes[step].name}`],
    });
  });
  return { storage, buffers, scratch };
}

/** Value -> the name that stands for it and all its views. */
export function groupViews(graph: Graph<"kernel">): Map<string, string> {
  const root = new Map<string, string>();
  for (const name of graph.values.keys()) root.set(name, name);
  for (const node of graph.nodes) {
    if (node.op === "vcgen.View") root.set(node.outputs[0], root.get(node.inputs[0])!);
  }
  return root;
}

interface Lifetime {
  first: number;
  last: number;
}

function lifetimesOf(graph: Graph<"kernel">, groups: ReadonlyMap<string, string>): Map<string, Lifetime> {
  const lifetimes = new Map<string, Lifetime>();
  const touch = (name: string, step: number) => {
    const group = groups.get(name)!;
    const life = lifetimes.get(group);
    if (!life) lifetimes.set(group, { first: step, last: step });
    else life.last = Math.max(life.last, step);
  };
  graph.nodes.forEach((node, step) => {
    for (const name of node.inputs) if (name) touch(name, step);
    for (const name of node.outputs) if (name) touch(name, step);
  });
  return lifetimes;
}

/** Groups that live in the caller's memory or in flash. A group that holds an output lives there. */
function externalStorage(graph: Graph<"kernel">, groups: ReadonlyMap<string, string>): Map<string, Storage> {
  const external = new Map<string, Storage>();
  for (const value of graph.values.values()) {
    if (value.data) external.set(groups.get(value.name)!, { kind: "constant", value: value.name });
  }
  graph.inputs.forEach((name, index) => {
    external.set(groups.get(name)!, { kind: "input", index });
  });
  graph.outputs.forEach((name, index) => {
    external.set(groups.get(name)!, { kind: "output", index });
  });
  return external;
}

/** Unites a kernel's output with an input it may overwrite; gives the function from group to united group. */
function mergeInPlace(
  graph: Graph<"kernel">,
  groups: ReadonlyMap<string, string>,
  selections: readonly (Selection | undefined)[],
  lifetimes: ReadonlyMap<string, Lifetime>,
  external: ReadonlyMap<string, Storage>,
): (group: string) => string {
  const parent = new Map<string, string>();
  const find = (group: string): string => {
    let current = group;
    for (let next = parent.get(current); next !== undefined; next = parent.get(current)) current = next;
    return current;
  };
  graph.nodes.forEach((node, step) => {
    const output = node.outputs[0];
    const outputGroup = output ? groups.get(output)! : undefined;
    if (!outputGroup || external.has(outputGroup)) return;
    const bytes = (name: string) => {
      const value = getValue(graph, name);
      return numel(value.shape) * dtypeInfo[value.dtype].bytes;
    };
    for (const index of selections[step]?.accepted.inPlace ?? []) {
      const input = node.inputs[index];
      const inputGroup = input ? groups.get(input)! : undefined;
      if (!inputGroup || external.has(inputGroup)) continue;
      const usedTwice = node.inputs.some((name, i) => i !== index && name && groups.get(name) === inputGroup);
      if (usedTwice && !sameElementwise(selections[step], node.inputs, index, groups)) continue;
      if (lifetimes.get(inputGroup)!.last !== step || bytes(output) > bytes(input)) continue;
      parent.set(find(outputGroup), find(inputGroup));
      return;
    }
  });
  return find;
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
