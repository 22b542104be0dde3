import { tensor, toNumbers } from "../ir/tensor.js";
import { importNode } from "./import-node.js";
import { addConstant, type ImportState, reportAt } from "./import-state.js";
import type { OnnxNode } from "./model.js";
import type { StructuralImport } from "./structural.js";
import { stack } from "./unroll.js";

/**
 * Operators on sequences. A sequence is a list of values that is known while compiling; nothing is left
 * of it in the graph.
 */

function addSequence(state: ImportState, node: OnnxNode, items: readonly string[]): string {
  const name = `sequence ${state.sequences.size} of ${node.outputs[0]}`;
  state.sequences.set(name, items);
  return name;
}

const refuse = (state: ImportState, node: OnnxNode, message: string): undefined =>
  reportAt(
    state,
    node,
    "import/unsupported",
    `${node.opType}: ${message}`,
    "export the model with tensors in the place of sequences",
  );

/** The items of the sequence that a node reads; undefined after reporting that it reads none. */
function itemsOf(
  state: ImportState,
  node: OnnxNode,
  name: string | undefined,
): readonly string[] | undefined {
  const items = name ? state.sequences.get(name) : undefined;
  return items ?? refuse(state, node, "its input is no sequence known while compiling");
}

/** A position in a sequence, counted from the end where it is negative. */
function position(
  state: ImportState,
  node: OnnxNode,
  name: string | undefined,
  length: number,
): number | undefined {
  const data = name ? state.values.get(name)?.data : undefined;
  if (!data) return refuse(state, node, "the position is computed at run time; it must be constant");
  const at = Number(data[0]) < 0 ? Number(data[0]) + length : Number(data[0]);
  return at >= 0 && at < length ? at : refuse(state, node, `position ${data[0]} of ${length}`);
}

const construct: StructuralImport = (node, inputs, state) => [addSequence(state, node, inputs)];

const at: StructuralImport = (node, [sequence, index], state) => {
  const items = itemsOf(state, node, sequence);
  const i = items && position(state, node, index, items.length);
  return i === undefined ? undefined : [items![i]];
};

const length: StructuralImport = (node, [sequence], state) => {
  const items = itemsOf(state, node, sequence);
  return items && [addConstant(state, node.outputs[0], tensor("int64", [], [items.length]))];
};

const insert: StructuralImport = (node, [sequence, item, index], state) => {
  const items = itemsOf(state, node, sequence);
  const i = items && (index ? position(state, node, index, items.length + 1) : items.length);
  return i === undefined ? undefined : [addSequence(state, node, items!.toSpliced(i, 0, item))];
};

const erase: StructuralImport = (node, [sequence, index], state) => {
  const items = itemsOf(state, node, sequence);
  const i = items && (index ? position(state, node, index, items.length) : items.length - 1);
  return i === undefined ? undefined : [addSequence(state, node, items!.toSpliced(i, 1))];
};

/** A Split, whose parts become the sequence; without the axis where `keepdims` is 0 and each part has one row. */
const split: StructuralImport = (node, [input, sizes], state) => {
  const { shape } = state.values.get(input) ?? {};
  if (!shape) return refuse(state, node, "its input is no tensor");
  const axis = Number(node.attributes.get("axis") ?? 0);
  const total = shape.at(axis) ?? 0;
  const given = sizes ? state.values.get(sizes) : undefined;
  if (sizes && !given?.data) {
    return refuse(state, node, "the sizes are computed at run time; they must be constant");
  }
  const numbers = given ? toNumbers({ ...given, data: given.data! }) : [1];
  const each = numbers[0];
  const equal = !given || given.shape.length === 0;
  if (equal && !(each >= 1)) return refuse(state, node, `parts of ${each}`);
  const parts = equal
    ? Array.from({ length: Math.ceil(total / each) }, (_, i) => Math.min(each, total - i * each))
    : numbers;
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((a, b) => a + b, 0));
  const drop = !given && node.attributes.get("keepdims") === 0;
  const items = parts.map((size, i) => {
    const rows = Array.from({ length: size }, (_, j) => starts[i] + j);
    const index = tensor("int64", drop ? [] : [size], rows);
    const name = addConstant(state, `${node.outputs[0]}_rows`, index);
    const outputs = [`${node.outputs[0]}_${i}`];
    const attributes = new Map([["axis", axis]]);
    const made = { ...node, domain: "", opType: "Gather", inputs: [input, name], outputs, attributes };
    return importNode(made, [input, name], state)?.[0];
  });
  return items.includes(undefined) ? undefined : [addSequence(state, node, items as string[])];
};

const concat: StructuralImport = (node, [sequence], state) => {
  const items = itemsOf(state, node, sequence);
  if (!items) return undefined;
  const axis = Number(node.attributes.get("axis") ?? 0);
  if (node.attributes.get("new_axis") === 1) {
    const stacked = stack(state, node, items, axis);
    return stacked === undefined ? undefined : [stacked];
  }
  const made = { ...node, opType: "Concat", inputs: items, attributes: new Map([["axis", axis]]) };
  return importNode(made, items, state);
};

export const sequenceOperators: ReadonlyMap<string, StructuralImport> = new Map([
  ["SequenceEmpty", construct],
  ["SequenceConstruct", construct],
  ["SequenceAt", at],
  ["SequenceLength", length],
  ["SequenceInsert", insert],
  ["SequenceErase", erase],
  ["SplitToSequence", split],
  ["ConcatFromSequence", concat],
]);
