import { type Graph, getValue, type Node } from "../../ir/graph.js";
import { type CopyAttributes, copyName } from "../../ops/copy/op.js";
import { lookupName } from "../../ops/elementwise/lookup.js";
import { mapName } from "../../ops/elementwise/map.js";
import { poolName } from "../../ops/pool/kernel-op.js";
import { qbinaryName } from "../../ops/qlinear-binary/op.js";
import { reduceName } from "../../ops/reduce/kernel-op.js";
import { convChannels, isDepthwise } from "./conv-channels.js";
import { channelCount, keepsChannels } from "./known.js";

/** Takes note of which channels can only be removed together, and which not at all. */
export interface Ties {
  /** Channel i of value a goes with channel j of value b. */
  tie(a: string, i: number, b: string, j: number): void;
  /** All channels of the value stay. */
  pin(value: string): void;
}

/** The ties a node makes. Between the two sides of a convolution there are none, unless it is depthwise. */
export function tieChannels(graph: Graph<"kernel">, node: Node, ties: Ties): void {
  const count = (name: string) => channelCount(getValue(graph, name).shape);
  const [x] = node.inputs;
  const [y] = node.outputs;
  const conv = convChannels(graph, node);
  if (conv) {
    for (const name of node.inputs.slice(1)) if (name) ties.pin(name);
    if (!isDepthwise(conv)) return;
    for (let o = 0; o < conv.outputs; o++) ties.tie(x, Math.floor(o / conv.groupOutputs), y, o);
  } else if (isChannelwise(graph, node)) {
    for (const name of node.inputs)
      if (count(name) === count(y)) for (let c = 0; c < count(y); c++) ties.tie(name, c, y, c);
  } else if (node.op === "vcgen.View") {
    tieView(x, count(x), y, count(y), ties);
  } else if (node.op === copyName) {
    tieCopy(node, node.attrs as CopyAttributes, ties);
  } else {
    for (const name of [...node.inputs, ...node.outputs]) if (name) ties.pin(name);
  }
}

/** Whether each channel of the output depends on the same channel of the inputs alone. */
function isChannelwise(graph: Graph<"kernel">, node: Node): boolean {
  switch (node.op) {
    case lookupName:
    case mapName:
    case qbinaryName:
    case "vcgen.Duplicate":
      return true;
    case poolName:
      return node.outputs.length === 1;
    case reduceName:
      return !isLast(graph, node.inputs[0], node.attrs.axes as readonly number[]);
    case "Transpose":
      return keepsChannels(node);
    default:
      return false;
  }
}

const isLast = (graph: Graph<"kernel">, name: string, axes: readonly number[]): boolean =>
  axes.includes(getValue(graph, name).shape.length - 1);

/** Elements keep their places, so a channel goes with every channel of the longer side at the same remainder. */
function tieView(x: string, from: number, y: string, to: number, ties: Ties): void {
  if (Math.max(from, to) % Math.min(from, to) !== 0) {
    ties.pin(x);
    ties.pin(y);
    return;
  }
  for (let c = 0; c < Math.max(from, to); c++) ties.tie(x, c % from, y, c % to);
}

/** A piece takes a run of channels as it is; other steps are left alone. */
function tieCopy(node: Node, { shape, pieces }: CopyAttributes, ties: Ties): void {
  const last = shape.length - 1;
  for (const { input, count, from, step, to } of pieces) {
    if (step[last] !== 1 && count[last] > 1) {
      ties.pin(node.inputs[input]);
      ties.pin(node.outputs[0]);
      continue;
    }
    for (let i = 0; i < count[last]; i++)
      ties.tie(node.inputs[input], from[last] + i, node.outputs[0], to[last] + i);
  }
}
