import { dtypeInfo } from "../../ir/dtype.js";
import type { Graph, Node, Value } from "../../ir/graph.js";
import { type Tensor, tensor } from "../../ir/tensor.js";
import { type Requantize, requantize } from "../../ops/requantize.js";
import { type ConvChannels, convChannels, reads, zeroPointOf } from "./conv-channels.js";
import type { Channels } from "./known.js";

interface Convolution {
  readonly node: Node;
  readonly conv: ConvChannels;
}

/**
 * Where a convolution reads constants with padding, they add less at the borders than a bias would. What they
 * add moves into a few of them, which the padding treats alike: one at a distance of 1 from the zero point,
 * the others as far from it as can be, with weights that give every tap the same sum. Nothing reads the rest.
 *
 *   distances 5, 9, 2, 7 with weights w0..w3  ->  1, 255 with weights a, b: a + 255 b = 5 w0 + 9 w1 + 2 w2 + 7 w3
 */
export const mergeConstants = (graph: Graph<"kernel">, known: ReadonlyMap<string, Channels>) =>
  [...known].reduce((current, [name, channels]) => mergeIn(current, name, channels) ?? current, graph);

function mergeIn(graph: Graph<"kernel">, name: string, channels: Channels): Graph<"kernel"> | undefined {
  const maker = convolution(
    graph,
    graph.nodes.find((node) => node.outputs[0] === name),
  );
  const to = maker?.conv.attrs.output;
  const readers = graph.nodes
    .filter((node) => node.inputs.includes(name))
    .map((node) => convolution(graph, node));
  if (!maker || to?.kind !== "requantize" || graph.outputs.includes(name) || !areAlike(readers))
    return undefined;

  const { xZeroPoint } = readers[0].conv.attrs;
  const constants = channels.flatMap((value, c) => {
    const counts = value !== undefined && value !== xZeroPoint;
    return counts && readers.some(({ conv }) => anyReads(conv, c))
      ? [{ c, distance: value - xZeroPoint }]
      : [];
  });
  const sums = readers.map(({ conv }) => sumsOf(conv, constants));
  const split = splitOf(to, xZeroPoint, readers, sums.flat());
  if (!split || split.distances.length >= constants.length) return undefined;
  const carriers: { readonly c: number; readonly bias: number }[] = [];
  for (const { c } of constants) {
    const distance = split.distances[carriers.length];
    const bias = distance === undefined ? undefined : biasFor(to, c, xZeroPoint + distance);
    if (bias !== undefined) carriers.push({ c, bias });
  }
  if (carriers.length < split.distances.length) return undefined;

  const carrierOf = new Map(carriers.map(({ c }, i) => [c, i]));
  const merged = new Set(constants.map(({ c }) => c));
  const changed = new Map<Node, readonly Tensor[]>([
    [maker.node, carrying(maker.conv, new Map(carriers.map(({ c, bias }) => [c, bias])))],
  ]);
  readers.forEach(({ node, conv }, reader) => {
    const weights = mapWeights(conv, (o, tap, c) => {
      if (!merged.has(c)) return conv.weight(o, tap, c);
      const carrier = carrierOf.get(c);
      return carrier === undefined ? 0 : split.weight(sums[reader][o * conv.taps + tap], carrier);
    });
    changed.set(node, conv.bias ? [weights, conv.bias] : [weights]);
  });
  return withConstants(graph, changed);
}

function convolution(graph: Graph<"kernel">, node: Node | undefined): Convolution | undefined {
  const conv = node && convChannels(graph, node);
  return conv ? { node, conv } : undefined;
}

/** Only dense convolutions, with one zero point, and some of them with several border cases. */
function areAlike(readers: readonly (Convolution | undefined)[]): readers is Convolution[] {
  const zeroPoints = new Set(readers.map((reader) => reader?.conv.attrs.xZeroPoint));
  return (
    readers.every((reader) => reader?.conv.attrs.group === 1) &&
    zeroPoints.size === 1 &&
    readers.some((reader) => reader!.conv.cases.length > 1)
  );
}

function anyReads(conv: ConvChannels, c: number): boolean {
  for (let o = 0; o < conv.outputs; o++) if (reads(conv, o, c)) return true;
  return false;
}

/** [output channel][tap]: what the constants add. */
function sumsOf(conv: ConvChannels, constants: readonly { c: number; distance: number }[]): number[] {
  return Array.from({ length: conv.outputs * conv.taps }, (_, i) =>
    constants.reduce(
      (sum, { c, distance }) => sum + distance * conv.weight(Math.floor(i / conv.taps), i % conv.taps, c),
      0,
    ),
  );
}

/** Distances of the carriers, and the weight of each for a sum. */
function splitOf(
  to: Requantize,
  zeroPoint: number,
  readers: readonly Convolution[],
  sums: readonly number[],
) {
  const limit = Math.min(
    ...readers.flatMap(({ conv }) => {
      const { min, max } = dtypeInfo[conv.weights.dtype];
      return conv.attrs.wZeroPoints.map((zero) => Math.min(zero - min, max - zero));
    }),
  );
  const [above, below] = [to.max - zeroPoint, zeroPoint - to.min];
  if (limit < 1 || Math.max(above, below) < 1) return undefined;
  const far = Math.min(Math.max(above, below), 2 * limit + 1) * (above >= below ? 1 : -1);
  const near = above >= 1 ? 1 : -1;
  const parts = (sum: number) => {
    const high = Math.round(sum / far);
    return { high, low: (sum - high * far) * near };
  };
  const most = sums.reduce((largest, sum) => Math.max(largest, Math.abs(parts(sum).high)), 0);
  const highs = Math.ceil(most / limit);
  return {
    distances: [near, ...new Array<number>(highs).fill(far)],
    weight(sum: number, carrier: number): number {
      const { high, low } = parts(sum);
      if (carrier === 0) return low;
      const rest = Math.max(0, Math.abs(high) - (carrier - 1) * limit);
      return Math.sign(high) * Math.min(rest, limit);
    },
  };
}

/** A bias that requantizes to the value. */
function biasFor(to: Requantize, channel: number, value: number): number | undefined {
  const scale = to.scales.length === 1 ? to.scales[0] : to.scales[channel];
  const middle = Math.round((value - to.zeroPoint) / scale);
  return [0, 1, -1]
    .map((move) => middle + move)
    .find((acc) => acc === (acc | 0) && requantize(acc, channel, to) === value);
}

/** Weights and bias with which the given output channels hold their bias alone. */
function carrying(conv: ConvChannels, biases: ReadonlyMap<number, number>): Tensor[] {
  const bias = Array.from(
    { length: conv.outputs },
    (_, o) => biases.get(o) ?? Number(conv.bias?.data[o] ?? 0),
  );
  const weights = mapWeights(conv, (o, tap, c) => (biases.has(o) ? 0 : conv.weight(o, tap, c)));
  return [weights, tensor("int32", [conv.outputs], bias)];
}

/** New weights from a function that gives them less their zero point. */
function mapWeights(conv: ConvChannels, of: (o: number, tap: number, c: number) => number): Tensor {
  const { dtype, shape, data } = conv.weights;
  const perOutput = conv.taps * conv.groupInputs;
  const values = Array.from(data as Int8Array, (_, i) => {
    const [o, k] = [Math.floor(i / perOutput), i % perOutput];
    return zeroPointOf(conv, o) + of(o, Math.floor(k / conv.groupInputs), k % conv.groupInputs);
  });
  return tensor(dtype, shape, values);
}

/** The graph with other weights and biases for some convolutions. */
function withConstants(
  graph: Graph<"kernel">,
  changed: ReadonlyMap<Node, readonly Tensor[]>,
): Graph<"kernel"> {
  const values = new Map<string, Value>(graph.values);
  const add = (base: string, constant: Tensor): string => {
    let name = base;
    for (let i = 2; values.has(name); i++) name = `${base}_${i}`;
    values.set(name, { ...constant, name });
    return name;
  };
  const nodes = graph.nodes.map((node) => {
    const constants = changed.get(node);
    if (!constants) return node;
    const [weights, bias] = constants;
    const inputs = [node.inputs[0], add(`${node.name}.weights`, weights)];
    if (bias) inputs.push(add(`${node.name}.bias`, bias));
    return { ...node, inputs };
  });
  return { ...graph, values, nodes };
}
