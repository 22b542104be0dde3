import { GraphEditor, prune } from "../../ir/editor.js";
import { consumers, type Graph, getValue, type Node, type Value } from "../../ir/graph.js";
import type { Pass } from "../../ir/pass.js";
import { numel, tensor, zeros } from "../../ir/tensor.js";
import { convName } from "../../ops/conv/kernel-op.js";
import { type CopyAttributes, copyName } from "../../ops/copy/op.js";
import { poolName } from "../../ops/pool/kernel-op.js";
import { convChannels } from "./conv-channels.js";
import { type Channels, channelCount, knownChannels, pickPoolChannels } from "./known.js";
import { findLiveness, type Liveness } from "./live.js";
import { mergeConstants } from "./merge-constants.js";
import { shrinkConv } from "./shrink-conv.js";

/**
 * Removes channels that no output depends on: those that nothing reads, and those that hold a constant,
 * whose contribution goes into the bias of the convolutions that read them.
 *
 *   Conv [128] -> depthwise [128] -> Conv [64]      Conv [20] -> depthwise [20] -> Conv [64], bias'
 *   (109 channels have zero weights)
 *
 * Kept: of constants that a convolution reads with padding, which add less at the borders, the two or three
 * they are merged into; channels that are added to living ones; a few to make their number fit SIMD.
 */
export const removeDeadChannels: Pass<"kernel"> = {
  name: "remove-dead-channels",
  summary: "remove channels that are constant or that nothing reads",
  run(original) {
    const first = knownChannels(original);
    const graph = foldConstants(original, first);
    const merged = mergeConstants(graph, first);
    const known = merged === original ? first : knownChannels(merged);
    const liveness = findLiveness(merged, known);
    return liveness.kept.size === 0 ? graph : new Shrinker(merged, known, liveness).run();
  },
};

/**
 * Replaces tensors that are known altogether by constants. What leads to convolutions alone stays: it
 * shrinks to a few channels, which take less room than the constant.
 */
function foldConstants(graph: Graph<"kernel">, known: ReadonlyMap<string, Channels>): Graph<"kernel"> {
  const editor = new GraphEditor(graph);
  const users = consumers(graph);
  const whole = [...known].filter(([, channels]) => !channels.includes(undefined));
  const kept = new Set<string>();
  for (const [name, channels] of whole.reverse()) {
    if (users.get(name)?.some((user) => user.op === convName || kept.has(user.outputs[0]))) {
      kept.add(name);
      continue;
    }
    const { dtype, shape } = getValue(graph, name);
    const filled = Array.from({ length: numel(shape) }, (_, i) => channels[i % channels.length]!);
    editor.rename(name, editor.addConstant(`${name}.known`, tensor(dtype, shape, filled)));
  }
  return editor.finish();
}

class Shrinker {
  readonly #values: Map<string, Value>;

  constructor(
    readonly graph: Graph<"kernel">,
    readonly known: ReadonlyMap<string, Channels>,
    readonly liveness: Liveness,
  ) {
    this.#values = new Map(graph.values);
  }

  run(): Graph<"kernel"> {
    for (const [name, kept] of this.liveness.kept) {
      this.#values.set(name, pickChannels(getValue(this.graph, name), kept));
    }
    const nodes = this.graph.nodes.map((node) => this.#node(node));
    return prune({ ...this.graph, values: this.#values, nodes });
  }

  #node(node: Node): Node {
    const conv = convChannels(this.graph, node);
    if (conv) {
      const shrunk = shrinkConv(conv, this.#side(node.inputs[0]), this.#side(node.outputs[0]));
      if (!shrunk) return node;
      const inputs = [node.inputs[0], this.#constant(`${node.name}.weights`, shrunk.weights)];
      if (shrunk.bias) inputs.push(this.#constant(`${node.name}.bias`, shrunk.bias));
      return { ...node, inputs, attrs: shrunk.attrs };
    }
    const kept = this.liveness.kept.get(node.outputs[0]);
    if (kept && node.op === poolName) return { ...node, attrs: pickPoolChannels(node.attrs, kept) };
    if (node.op === copyName && node.inputs.some((name) => this.liveness.kept.has(name))) {
      return { ...node, attrs: this.#copy(node, node.attrs as CopyAttributes) };
    }
    return node;
  }

  /** Which channels of a value stay, which are dead, and what they are known to hold. */
  #side(name: string) {
    const count = channelCount(getValue(this.graph, name).shape);
    return {
      kept: this.liveness.kept.get(name) ?? Array.from({ length: count }, (_, c) => c),
      isDead: (channel: number) => this.liveness.isDead(name, channel),
      known: this.known.get(name) ?? [],
    };
  }

  /** Pieces among the channels that stay; what a piece reads stays where what it writes does. */
  #copy(node: Node, attrs: CopyAttributes): CopyAttributes {
    const last = attrs.shape.length - 1;
    const output = this.#side(node.outputs[0]).kept;
    const below = (kept: readonly number[], channel: number) => kept.filter((c) => c < channel).length;
    const pieces = attrs.pieces.map((piece) => {
      const input = this.#side(node.inputs[piece.input]).kept;
      const [from, to] = [piece.from[last], piece.to[last]];
      return {
        ...piece,
        count: piece.count.with(last, below(output, to + piece.count[last]) - below(output, to)),
        from: piece.from.with(last, below(input, from)),
        to: piece.to.with(last, below(output, to)),
      };
    });
    return {
      ...attrs,
      shape: attrs.shape.with(last, output.length),
      pieces: pieces.filter((piece) => piece.count[last] > 0),
    };
  }

  #constant(base: string, { dtype, shape, data }: Omit<Value, "name">): string {
    let name = base;
    for (let i = 2; this.#values.has(name); i++) name = `${base}_${i}`;
    this.#values.set(name, { name, dtype, shape, data });
    return name;
  }
}

/** The value with only some of its channels; of a constant their elements. */
function pickChannels(value: Value, kept: readonly number[]): Value {
  const { dtype, shape, data } = value;
  const picked = [...shape.slice(0, -1), kept.length];
  if (!data) return { ...value, shape: picked };
  const result = zeros(dtype, picked).data as unknown as (number | bigint)[];
  const count = channelCount(shape);
  for (let i = 0; i < numel(picked); i++)
    result[i] = data[Math.floor(i / kept.length) * count + kept[i % kept.length]];
  return { ...value, shape: picked, data: result as unknown as Value["data"] };
}
