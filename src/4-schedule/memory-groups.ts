import { dtypeInfo } from "../ir/dtype.js";
import { type Graph, getValue } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import { isView, type JoinAttributes, joinName, viewOffset } from "../ops/view/op.js";

/** A group lies inside another's memory, this many bytes from its start. */
export interface Inside {
  readonly base: string;
  readonly at: number;
}

/**
 * Values that have the same bytes of memory form a group, which is named after the one that is computed
 * into it. Slices and parts of a Join are groups of their own, inside another.
 */
export interface MemoryGroups {
  readonly groups: ReadonlyMap<string, string>;
  readonly bytes: ReadonlyMap<string, number>;
  /** Forests: no group is inside two others. */
  readonly inside: ReadonlyMap<string, Inside>;
}

export function groupMemory(graph: Graph<"kernel">): MemoryGroups {
  const groups = new Map<string, string>();
  const bytes = new Map<string, number>();
  const inside = new Map<string, Inside>();
  const sizeOf = (name: string) => {
    const { dtype, shape } = getValue(graph, name);
    return numel(shape) * dtypeInfo[dtype].bytes;
  };
  for (const name of graph.values.keys()) {
    groups.set(name, name);
    bytes.set(name, sizeOf(name));
  }
  for (const node of graph.nodes) {
    if (!isView(node)) continue;
    const [output] = node.outputs;
    const element = dtypeInfo[getValue(graph, output).dtype].bytes;
    if (node.op === joinName) {
      const { offsets } = node.attrs as JoinAttributes;
      node.inputs.forEach((name, i) => {
        inside.set(groups.get(name)!, { base: output, at: offsets[i] * element });
      });
      continue;
    }
    const base = groups.get(node.inputs[0])!;
    const at = viewOffset(node) * element;
    if (at === 0 && sizeOf(output) === bytes.get(base)) {
      groups.set(output, base);
      bytes.delete(output);
    } else inside.set(output, { base, at });
  }
  return { groups, bytes, inside };
}

/** The outermost group around one, and the bytes from its start. */
export function outermost({ inside }: Pick<MemoryGroups, "inside">, group: string): Inside {
  let [base, at] = [group, 0];
  for (let next = inside.get(base); next; next = inside.get(base)) {
    base = next.base;
    at += next.at;
  }
  return { base, at };
}

/**
 * The groups that kernels compute into which a value's bytes lie, whole groups: of a Join those of all
 * parts, of a slice those of what it is a slice of.
 */
export function computedGroups(graph: Graph<"kernel">, memory: MemoryGroups): Map<string, readonly string[]> {
  const result = new Map<string, readonly string[]>();
  for (const name of graph.values.keys()) if (memory.bytes.has(name)) result.set(name, [name]);
  for (const node of graph.nodes) {
    if (!isView(node)) continue;
    const [output] = node.outputs;
    result.set(output, [...new Set(node.inputs.flatMap((name) => result.get(memory.groups.get(name)!)!))]);
  }
  for (const [name, group] of memory.groups) if (name !== group) result.set(name, result.get(group)!);
  return result;
}
