import { constantOf, type Graph, getValue, type Node } from "../../ir/graph.js";
import { numel, type Shape, type Tensor, tensor } from "../../ir/tensor.js";
import { type CopyAttributes, copyName } from "../../ops/copy/op.js";
import { lookupName } from "../../ops/elementwise/lookup.js";
import { mapName } from "../../ops/elementwise/map.js";
import { poolName } from "../../ops/pool/kernel-op.js";
import { qbinaryName } from "../../ops/qlinear-binary/op.js";
import { references } from "../../ops/registry.js";
import { requantize } from "../../ops/requantize.js";
import { type ConvChannels, convChannels, reads } from "./conv-channels.js";

/** For each channel, a last index of a tensor, the value that all its elements have for every input; undefined where they vary. */
export type Channels = readonly (number | undefined)[];

/** Number of channels: the last dimension. */
export const channelCount = (shape: Shape): number => shape[shape.length - 1] ?? 1;

/** What is known of the channels of every value that has a known one. */
export function knownChannels(graph: Graph<"kernel">): Map<string, Channels> {
  const known = new Map<string, Channels>();
  for (const node of graph.nodes) {
    const channels = outputChannels(graph, node, (name) => channelsOf(graph, known, name));
    if (channels?.some((value) => value !== undefined)) known.set(node.outputs[0], channels);
  }
  return known;
}

function channelsOf(graph: Graph<"kernel">, known: ReadonlyMap<string, Channels>, name: string): Channels {
  const constant = constantOf(graph, name);
  if (constant) return uniformChannels(constant);
  return known.get(name) ?? new Array(channelCount(getValue(graph, name).shape)).fill(undefined);
}

function outputChannels(
  graph: Graph<"kernel">,
  node: Node,
  channels: (name: string) => Channels,
): Channels | undefined {
  const conv = convChannels(graph, node);
  if (conv) return convOutputs(conv, channels(node.inputs[0]));
  switch (node.op) {
    case "vcgen.View":
      return viewChannels(channels(node.inputs[0]), channelCount(getValue(graph, node.outputs[0]).shape));
    case "Transpose":
      return keepsChannels(node) ? channels(node.inputs[0]) : undefined;
    case copyName:
      return copyChannels(node.attrs as CopyAttributes, node.inputs.map(channels));
    case lookupName:
    case mapName:
    case qbinaryName:
    case "vcgen.Duplicate":
      return elementwiseChannels(graph, node, node.inputs.map(channels));
    case poolName:
      return node.outputs.length === 1 ? poolChannels(graph, node, channels(node.inputs[0])) : undefined;
    default:
      return undefined;
  }
}

/** What the output channels hold that read known inputs only, if that is the same in all border cases. */
function convOutputs(conv: ConvChannels, inputs: Channels): Channels {
  const { attrs, bias } = conv;
  return Array.from({ length: conv.outputs }, (_, o) => {
    const first = Math.floor(o / conv.groupOutputs) * conv.groupInputs;
    for (let i = 0; i < conv.groupInputs; i++)
      if (inputs[first + i] === undefined && reads(conv, o, i)) return undefined;
    const results = conv.cases.map((taps) => {
      const acc = (Number(bias?.data[o] ?? 0) + contribution(conv, o, taps, inputs)) | 0;
      return attrs.output.kind === "requantize" ? requantize(acc, o, attrs.output) : acc;
    });
    return results.every((value) => value === results[0]) ? results[0] : undefined;
  });
}

/** What known inputs add to the accumulator of output channel o over the given taps. */
export function contribution(
  conv: ConvChannels,
  o: number,
  taps: readonly number[],
  inputs: Channels,
): number {
  const first = Math.floor(o / conv.groupOutputs) * conv.groupInputs;
  let sum = 0;
  for (let i = 0; i < conv.groupInputs; i++) {
    const value = inputs[first + i];
    if (value === undefined || value === conv.attrs.xZeroPoint) continue;
    for (const tap of taps) sum += (value - conv.attrs.xZeroPoint) * conv.weight(o, tap, i);
  }
  return sum;
}

/** Channels as another last dimension cuts the same elements, where one is a multiple of the other. */
function viewChannels(from: Channels, count: number): Channels | undefined {
  if (count % from.length === 0) return Array.from({ length: count }, (_, c) => from[c % from.length]);
  if (from.length % count !== 0) return undefined;
  return from.slice(0, count).map((value, c) => {
    const same = from.every((other, i) => i % count !== c || Object.is(other, value));
    return same ? value : undefined;
  });
}

/** Whether a Transpose leaves the last axis where it is. */
export function keepsChannels(node: Node): boolean {
  const perm = node.attrs.perm as readonly number[];
  return perm[perm.length - 1] === perm.length - 1;
}

/** Channels that hold one value in all pieces they are put together from. */
function copyChannels({ shape, pieces, fill }: CopyAttributes, operands: readonly Channels[]): Channels {
  const sources = Array.from({ length: channelCount(shape) }, () => new Set<number | undefined>());
  if (fill !== undefined) for (const source of sources) source.add(operands[fill][0]);
  for (const { input, count, from, step, to } of pieces) {
    const last = shape.length - 1;
    for (let i = 0; i < count[last]; i++)
      sources[to[last] + i].add(operands[input][from[last] + i * step[last]]);
  }
  return sources.map((source) => (source.size === 1 ? [...source][0] : undefined));
}

/** The channels of which all operands are known, computed on one element of each. */
function elementwiseChannels(
  graph: Graph<"kernel">,
  node: Node,
  operands: readonly Channels[],
): Channels | undefined {
  const count = channelCount(getValue(graph, node.outputs[0]).shape);
  if (operands.length === 0 || operands.some((of) => of.length !== count && of.length !== 1))
    return undefined;
  const at = (of: Channels, c: number) => of[of.length === 1 ? 0 : c];
  return onKnown(count, (c) => operands.every((of) => at(of, c) !== undefined))((which) => {
    const inputs = operands.map((of, i) => {
      const { dtype } = getValue(graph, node.inputs[i]);
      return tensor(
        dtype,
        [which.length],
        which.map((c) => at(of, c)!),
      );
    });
    return uniformChannels(references.get(node.op)!(inputs, node.attrs, 1)[0]);
  });
}

/** The known channels pooled over the whole plane, which shows whether the borders differ. */
function poolChannels(graph: Graph<"kernel">, node: Node, from: Channels): Channels | undefined {
  const { dtype, shape } = getValue(graph, node.inputs[0]);
  return onKnown(
    from.length,
    (c) => from[c] !== undefined,
  )((which) => {
    const data = Array.from(
      { length: (numel(shape) / from.length) * which.length },
      (_, i) => from[which[i % which.length]]!,
    );
    const x = tensor(dtype, [...shape.slice(0, -1), which.length], data);
    return uniformChannels(references.get(node.op)!([x], pickPoolChannels(node.attrs, which), 1)[0]);
  });
}

/** Attributes of an operator with channel-wise requantization for some of its channels. */
export function pickPoolChannels(attrs: Node["attrs"], which: readonly number[]): Node["attrs"] {
  const { pool } = attrs as { pool: { kind: string; output?: { scales: readonly number[] } } };
  if (pool.kind !== "sum" || !pool.output || pool.output.scales.length === 1) return attrs;
  const scales = which.map((c) => pool.output!.scales[c]);
  return { ...attrs, pool: { ...pool, output: { ...pool.output, scales } } };
}

/** Computes the channels that are known and leaves the others undefined. */
const onKnown =
  (count: number, isKnown: (c: number) => boolean) =>
  (compute: (which: number[]) => Channels): Channels | undefined => {
    const which = Array.from({ length: count }, (_, c) => c).filter(isKnown);
    if (which.length === 0) return undefined;
    const result = new Array<number | undefined>(count).fill(undefined);
    compute(which).forEach((value, i) => {
      result[which[i]] = value;
    });
    return result;
  };

/** The channels of a tensor whose elements are all the same. 64-bit tensors are left alone. */
function uniformChannels({ dtype, shape, data }: Tensor): Channels {
  const count = channelCount(shape);
  const channels = new Array<number | undefined>(count).fill(undefined);
  if (data.length === 0 || dtype === "int64" || dtype === "uint64") return channels;
  const values = data as Int8Array;
  for (let c = 0; c < count; c++) {
    let same = true;
    for (let i = c + count; same && i < values.length; i += count) same = Object.is(values[i], values[c]);
    if (same) channels[c] = values[c];
  }
  return channels;
}
