import { dtypeInfo } from "../ir/dtype.js";
import { GraphEditor } from "../ir/editor.js";
import { type Graph, getValue, type Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { numel, sameShape, stridesOf } from "../ir/tensor.js";
import { type CopyAttributes, copyName, type Piece } from "../ops/copy/op.js";
import { isContiguous, regionOfPiece } from "../ops/copy/region.js";
import { isView, type JoinAttributes, joinName, viewOffset } from "../ops/view/op.js";

/**
 * Slices, Splits, Concats and Pads along the outermost dimension without copies, where their parts begin at
 * whole words. What cannot be computed in its place in a Concat is copied there on its own.
 *
 *   Copy{rows 4 to 8}(x)      ->  vcgen.View{offset}(x)
 *   Copy{a, then b}(a, b)     ->  vcgen.Join{offsets}(a, b)         a and b are computed there
 *   Copy{2 rows of p, x}(x)   ->  vcgen.Join(Copy{2 rows of p}, x)
 */
export const copiesToViews: Pass<"kernel"> = {
  name: "copies-to-views",
  summary: "let slices, concatenations and pads of whole rows share memory",
  run(graph) {
    const memory = new MemoryUse(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      if (node.op !== copyName || memory.isOutput(node.outputs[0])) continue;
      const offset = sliceOffset(graph, node);
      if (offset === undefined) continue;
      const { name, op, ...rest } = node;
      editor.replace(node, {
        ...rest,
        name,
        op: "vcgen.View",
        inputs: [node.inputs[pieces(node)[0].input]],
        attrs: { offset },
      });
      memory.addView(node.outputs[0]);
    }
    for (const node of graph.nodes) {
      if (node.op === copyName && !memory.isView(node.outputs[0])) join(editor, graph, node, memory);
    }
    return editor.finish();
  },
};

/** Kernels may load words. */
const alignment = 4;

const pieces = (node: Node): readonly Piece[] => (node.attrs as CopyAttributes).pieces;

/** Where in its input a Copy of one stretch begins, in elements; undefined if it is no such Copy. */
function sliceOffset(graph: Graph<"kernel">, node: Node): number | undefined {
  const [piece, more] = pieces(node);
  if (!piece || more || (node.attrs as CopyAttributes).fill !== undefined) return undefined;
  const [input, output] = [getValue(graph, node.inputs[piece.input]), getValue(graph, node.outputs[0])];
  const region = regionOfPiece(piece, input.shape, output.shape);
  if (!region || !isContiguous(region) || numel(piece.count) !== numel(output.shape)) return undefined;
  return aligned(region.from.offset, input.dtype) ? region.from.offset : undefined;
}

const aligned = (elements: number, dtype: keyof typeof dtypeInfo): boolean =>
  (elements * dtypeInfo[dtype].bytes) % alignment === 0;

/** A stretch of the output along its outermost dimension: a piece, or none where the fill value shows. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly piece?: Piece;
}

/** Replaces a Copy by a Join if at least one input can be computed in its place. */
function join(editor: GraphEditor<"kernel">, graph: Graph<"kernel">, node: Node, memory: MemoryUse): void {
  const attrs = node.attrs as CopyAttributes;
  const { dtype, shape } = getValue(graph, node.outputs[0]);
  const axis = shape.findIndex((n) => n !== 1);
  const stretches = axis < 0 ? undefined : stretchesOf(attrs, axis);
  if (!stretches || stretches.length < 2) return;
  const row = stridesOf(shape)[axis];
  const inPlace = stretches.map(({ from, piece }) => {
    if (!piece || !aligned(from * row, dtype)) return undefined;
    const name = node.inputs[piece.input];
    const whole =
      sameShape(getValue(graph, name).shape, piece.count) &&
      piece.step.every((s, i) => s === 1 || piece.count[i] === 1);
    return whole && memory.claim(name) ? name : undefined;
  });
  if (inPlace.every((name) => name === undefined)) return;

  const inputs: string[] = [];
  const offsets: number[] = [];
  for (let i = 0; i < stretches.length; ) {
    let end = i + 1;
    if (inPlace[i] === undefined) while (end < stretches.length && inPlace[end] === undefined) end++;
    offsets.push(stretches[i].from * row);
    inputs.push(inPlace[i] ?? copyOf(editor, node, dtype, stretches.slice(i, end), axis));
    i = end;
  }
  const attributes: JoinAttributes = { shape, offsets };
  const { name, outputs, origin } = node;
  editor.replace(node, { name, op: joinName, inputs, outputs, attrs: attributes, origin });
}

/** The stretches of a Copy, in order; undefined where its pieces overlap or are no stretches. */
function stretchesOf({ shape, pieces, fill }: CopyAttributes, axis: number): Stretch[] | undefined {
  if (pieces.some((piece) => piece.count.some((n, i) => i !== axis && n !== shape[i]))) return undefined;
  const sorted = [...pieces].sort((a, b) => a.to[axis] - b.to[axis]);
  const stretches: Stretch[] = [];
  let at = 0;
  const gap = (to: number) => {
    if (to > at) stretches.push({ from: at, to });
  };
  for (const piece of sorted) {
    const from = piece.to[axis];
    if (from < at) return undefined;
    gap(from);
    at = from + piece.count[axis];
    if (piece.count[axis] > 0) stretches.push({ from, to: at, piece });
  }
  gap(shape[axis]);
  return fill !== undefined || stretches.every(({ piece }) => piece) ? stretches : undefined;
}

/** A Copy of some neighbouring stretches only; gives its output. */
function copyOf(
  editor: GraphEditor<"kernel">,
  node: Node,
  dtype: keyof typeof dtypeInfo,
  stretches: readonly Stretch[],
  axis: number,
): string {
  const attrs = node.attrs as CopyAttributes;
  const begin = stretches[0].from;
  const shape = attrs.shape.with(axis, stretches[stretches.length - 1].to - begin);
  const kept = stretches.flatMap(({ piece }) => piece ?? []);
  const filled = stretches.some(({ piece }) => !piece);
  const used = [...new Set([...kept.map((piece) => piece.input), ...(filled ? [attrs.fill!] : [])])];
  const output = editor.addValue(`${node.outputs[0]}.part`, dtype, shape);
  const part: CopyAttributes = {
    shape,
    pieces: kept.map((piece) => ({
      ...piece,
      input: used.indexOf(piece.input),
      to: piece.to.with(axis, piece.to[axis] - begin),
    })),
    ...(filled ? { fill: used.indexOf(attrs.fill!), shiftFill: attrs.shiftFill } : {}),
  };
  editor.addNode({
    name: `${node.name}.part`,
    op: copyName,
    inputs: used.map((i) => node.inputs[i]),
    outputs: [output],
    attrs: part,
    origin: node.origin,
  });
  return output;
}

/** Which values are whole memory of a kernel's own, to be put where they are wanted. */
class MemoryUse {
  /** Value -> the one whose memory it is, from its start. */
  readonly #roots = new Map<string, string>();
  readonly #outputs: ReadonlySet<string>;
  /** Roots that lie inside another value's memory, or in the caller's or flash. */
  readonly #placed = new Set<string>();
  readonly #views = new Set<string>();

  constructor(readonly graph: Graph<"kernel">) {
    const computed = new Set<string>();
    for (const node of graph.nodes) {
      if (node.op === "vcgen.View" && viewOffset(node) === 0) {
        const root = this.#root(node.inputs[0]);
        if (this.#elements(root) === this.#elements(node.outputs[0])) this.#roots.set(node.outputs[0], root);
      } else if (!isView(node)) for (const name of node.outputs) computed.add(name);
    }
    for (const name of graph.values.keys()) if (!computed.has(name)) this.#placed.add(name);
    this.#outputs = new Set(graph.outputs.map((name) => this.#root(name)));
    for (const name of this.#outputs) this.#placed.add(name);
  }

  /** Whether a value is in the memory of an output of the graph. */
  isOutput = (name: string): boolean => this.#outputs.has(this.#root(name));

  addView(name: string): void {
    this.#views.add(name);
    this.#placed.add(name);
  }

  isView = (name: string): boolean => this.#views.has(name);

  /** Reserves a value for one place; false if it has one already. */
  claim(name: string): boolean {
    const root = this.#root(name);
    if (this.#placed.has(root)) return false;
    this.#placed.add(root);
    return true;
  }

  #root(name: string): string {
    return this.#roots.get(name) ?? name;
  }

  #elements(name: string): number {
    return numel(getValue(this.graph, name).shape);
  }
}
