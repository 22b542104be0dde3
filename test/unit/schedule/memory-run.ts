import type { Schedule, Step } from "../../../src/4-schedule/schedule.js";
import { dtypeInfo } from "../../../src/ir/dtype.js";
import { type Graph, getValue, type Node } from "../../../src/ir/graph.js";
import { numel, type Shape } from "../../../src/ir/tensor.js";
import type { CopyAttributes } from "../../../src/ops/copy/op.js";
import { eachIndex, positionOf } from "../../../src/ops/indexing.js";

/** What each byte of memory holds: a number of its own for every byte that a kernel computes. */
type Bytes = number[];

const fillByte = -1;
const garbage = -2;

const bytesOf = (graph: Graph, name: string): number => {
  const { dtype, shape } = getValue(graph, name);
  return numel(shape) * dtypeInfo[dtype].bytes;
};

/** The bytes of every value of a graph of int8 tensors, each in memory of its own. */
export function contents(graph: Graph<"kernel">): Map<string, Bytes> {
  const values = new Map<string, Bytes>();
  let next = 0;
  const fresh = (name: string) =>
    values.set(
      name,
      Array.from({ length: bytesOf(graph, name) }, () => next++),
    );
  for (const name of graph.inputs) fresh(name);
  for (const node of graph.nodes) {
    const moved = move(graph, node, (name) => values.get(name)!);
    if (moved) values.set(node.outputs[0], moved);
    else for (const name of node.outputs) fresh(name);
  }
  return values;
}

/** What an operator that computes nothing gives; undefined for others. */
function move(graph: Graph, node: Node, read: (name: string) => Bytes): Bytes | undefined {
  if (node.op === "vcgen.View" || node.op === "vcgen.Duplicate") return [...read(node.inputs[0])];
  if (node.op !== "vcgen.Copy") return undefined;
  const { pieces, shape } = node.attrs as CopyAttributes;
  const result: Bytes = new Array(numel(shape)).fill(fillByte);
  for (const { input, count, from, step, to } of pieces) {
    const source = read(node.inputs[input]);
    const inputShape: Shape = getValue(graph, node.inputs[input]).shape;
    eachIndex(count, (index) => {
      const at = index.map((i, axis) => from[axis] + i * step[axis]);
      const write = index.map((i, axis) => to[axis] + i);
      result[positionOf(shape, write)] = source[positionOf(inputShape, at)];
    });
  }
  return result;
}

/**
 * Runs a schedule on memory as it is laid out and gives the first thing that is not as in `expected`: a kernel that
 * reads other bytes, or an output that holds others.
 */
export function runInMemory(
  { graph, steps, plan, arena }: Schedule,
  expected: ReadonlyMap<string, Bytes>,
): string | undefined {
  const memory: Bytes = new Array(arena.bytes).fill(garbage);
  const inputs = graph.inputs.map((name) => [...expected.get(name)!]);
  const outputs = graph.outputs.map((name): Bytes => new Array(bytesOf(graph, name)).fill(garbage));
  const place = (name: string): [Bytes, number] => {
    const storage = plan.storage.get(name)!;
    if (storage.kind === "arena") return [memory, arena.offsets[storage.buffer]];
    if (storage.kind === "constant") throw new Error("no constants here");
    return [(storage.kind === "input" ? inputs : outputs)[storage.index], storage.offset];
  };
  const read = (name: string): Bytes => {
    const [bytes, at] = place(name);
    return bytes.slice(at, at + bytesOf(graph, name));
  };
  const write = (name: string, data: Bytes) => {
    const [bytes, at] = place(name);
    if (at + data.length > bytes.length) throw new Error(`${name} does not fit`);
    data.forEach((byte, i) => {
      bytes[at + i] = byte;
    });
  };
  const run = ({ node, selection }: Step): string | undefined => {
    const moved = move(graph, node, read);
    if (!moved) {
      const wrong = node.inputs.find((name) => String(read(name)) !== String(expected.get(name)));
      if (wrong) return `${node.name} reads wrong bytes of ${wrong}`;
    }
    const scratch = plan.scratch.get(node.name);
    if (scratch !== undefined) {
      memory.fill(garbage, arena.offsets[scratch], arena.offsets[scratch] + selection.accepted.scratch!);
    }
    if (node.attrs.lag !== undefined) return byRows(node, node.attrs.lag as number);
    for (const name of node.outputs) write(name, moved ?? expected.get(name)!);
    return undefined;
  };
  /** Row r of the output is written after row r - lag of input 0 and all that follow are read for the last time. */
  const byRows = (node: Node, lag: number): string | undefined => {
    const [rows, width] = getValue(graph, node.outputs[0]).shape;
    const [bytes, at] = place(node.outputs[0]);
    const after = (list: Bytes, row: number) => String(list.slice(Math.max(0, row - lag) * width));
    const input = expected.get(node.inputs[0])!;
    const output = expected.get(node.outputs[0])!;
    for (let row = 0; row < rows; row++) {
      if (after(read(node.inputs[0]), row) !== after(input, row)) {
        return `${node.name} reads wrong bytes in row ${row}`;
      }
      bytes.splice(at + row * width, width, ...output.slice(row * width, (row + 1) * width));
    }
    return undefined;
  };
  for (const step of steps) {
    const wrong = run(step);
    if (wrong) return wrong;
  }
  return undefined;
}
