import { describe, expect, it } from "vitest";
import { removeDeadChannels } from "../../../src/3-legalize/dead-channels/remove-dead-channels.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import type { Graph } from "../../../src/ir/graph.js";
import { numel, type Shape } from "../../../src/ir/tensor.js";
import { verifyGraph } from "../../../src/ir/verify.js";
import { KernelGraphBuilder, outputsOf } from "./kernel-graph.js";

/** Weights that are never 0, but for the given output channels or inputs of every output channel. */
function weights(shape: Shape, zero: { outputs?: readonly number[]; inputs?: readonly number[] } = {}) {
  const depth = numel(shape) / shape[0];
  const inputs = shape[shape.length - 1];
  const data = Array.from({ length: numel(shape) }, (_, i) => {
    const none = zero.outputs?.includes(Math.floor(i / depth)) || zero.inputs?.includes(i % inputs);
    return none ? 0 : ((i * 7) % 9) - 4 || 5;
  });
  return { shape, data };
}

const biases = (count: number) => Array.from({ length: count }, (_, o) => ((o * 37) % 200) - 60);

/** Runs the pass, and both graphs on random inputs. */
function remove(graph: Graph<"kernel">): Graph<"kernel"> {
  const result = removeDeadChannels.run(graph, { diagnostics: new Diagnostics() });
  verifyGraph(result, removeDeadChannels.name);
  for (const seed of [1, 2, 3]) expect(outputsOf(result, seed)).toEqual(outputsOf(graph, seed));
  return result;
}

/** Output channels of the nodes, in order. */
const channels = (graph: Graph<"kernel">) =>
  graph.nodes.map((node) => graph.values.get(node.outputs[0])!.shape.at(-1));

const dead = [0, 3, 4, 9, 11];

describe("remove-dead-channels", () => {
  it("folds constants into the bias of a pointwise convolution", () => {
    const b = new KernelGraphBuilder();
    const hidden = b.conv(b.input([1, 5, 8]), weights([12, 3, 8], { outputs: dead }), biases(12));
    const graph = b.graph(b.conv(hidden, weights([4, 1, 12]), undefined, { xZeroPoint: 3 }));
    const result = remove(graph);
    expect(channels(result)).toEqual([8, 4]);
    expect(result.nodes[1].inputs).toHaveLength(3);
  });

  it("keeps few of the constants that are read with padding, none that are the zero point", () => {
    const build = (bias: readonly number[], second: readonly number[], xZeroPoint: number, output = {}) => {
      const b = new KernelGraphBuilder();
      const first = weights([16, 1, 1, 4], { outputs: second });
      const hidden = b.conv(b.input([1, 5, 5, 4]), first, bias, { output });
      const last = weights([4, 3, 3, 16]);
      const data = last.data.map(() => 100);
      return b.graph(
        b.conv(hidden, { ...last, data }, biases(4), {
          xZeroPoint,
          pads: [1, 1, 1, 1],
          output: { scales: [1 / 4096] },
        }),
      );
    };
    const ten = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14];
    const steep = biases(16).map((bias) => bias * 20);
    // Six are alive. The others' distances from the zero point sum up to 25, 565 and -177, times 100.
    expect(channels(remove(build(biases(16), ten, 0)))).toEqual([8, 4]);
    expect(channels(remove(build(steep, ten, -128, { zeroPoint: -128 })))).toEqual([12, 4]);
    expect(channels(remove(build(steep, ten, 127, { zeroPoint: 100 })))).toEqual([8, 4]);
    expect(channels(remove(build(new Array(16).fill(0), ten, 0)))).toEqual([8, 4]);
    // One channel has nothing to be merged with.
    expect(channels(remove(build(biases(16), [0], 0)))).toEqual([16, 4]);
  });

  it("merges for all readers of a tensor, padded or not", () => {
    const b = new KernelGraphBuilder();
    const outputs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const hidden = b.conv(b.input([1, 6, 4]), weights([12, 3, 4], { outputs }), biases(12), { pads: [1, 1] });
    const padded = b.conv(hidden, weights([4, 3, 12]), undefined, { xZeroPoint: 1, pads: [2, 0] });
    const plain = b.conv(hidden, weights([8, 2, 12]), biases(8), { xZeroPoint: 1, strides: [2] });
    expect(channels(remove(b.graph(padded, plain)))).toEqual([4, 4, 8]);
  });

  it("folds what every output position reads alike, however it is padded", () => {
    const b = new KernelGraphBuilder();
    const hidden = b.conv(b.input([1, 2, 4]), weights([12, 1, 4], { outputs: dead }), biases(12));
    // One output position, whose first and last taps are outside.
    const graph = b.graph(b.conv(hidden, weights([4, 4, 12]), biases(4), { pads: [1, 1] }));
    expect(channels(remove(graph))).toEqual([8, 4]);
  });

  it("follows constants through depthwise convolutions, tables, pools and views", () => {
    const b = new KernelGraphBuilder();
    const first = b.conv(
      b.input([1, 6, 6, 4]),
      weights([8, 1, 1, 4], { outputs: [1, 2, 5, 7] }),
      [8, 0, 0, 8, 8, 0, 8, 0],
    );
    const spatial = b.conv(first, weights([8, 3, 3, 1]), biases(8), { group: 8, pads: [1, 1, 1, 1] });
    const table = { dtype: "int8", data: Int8Array.from({ length: 256 }, (_, i) => ((i * 5) % 256) - 128) };
    const looked = b.node("vcgen.Lookup", [spatial], { table });
    const pool = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0], ceil: false };
    const pooled = b.node("vcgen.Pool", [looked], { ...pool, pool: { kind: "max" } });
    const flat = b.node("vcgen.View", [pooled], {}, [1, 1, 72]);
    const result = remove(b.graph(b.conv(flat, weights([3, 1, 72]), biases(3))));
    expect(channels(result)).toEqual([4, 4, 4, 4, 36, 3]);
    expect(result.nodes[1].attrs.group).toBe(4);
  });

  it("keeps a depthwise constant that the padding changes", () => {
    const b = new KernelGraphBuilder();
    const first = b.conv(b.input([1, 6, 4]), weights([8, 1, 4], { outputs: [1, 2, 5, 7] }), biases(8));
    const spatial = b.conv(first, weights([8, 3, 1]), undefined, { group: 8, pads: [1, 1] });
    const graph = b.graph(b.conv(spatial, weights([4, 1, 8]), biases(4)));
    expect(channels(remove(graph))).toEqual([8, 8, 4]);
  });

  it("removes what nothing reads, back to the input", () => {
    const b = new KernelGraphBuilder();
    const first = b.conv(b.input([1, 6, 4]), weights([8, 1, 4]), biases(8));
    // Only outputs 0 to 3 of the second are read, and these do not read 4 to 7 of the first.
    const second = weights([8, 1, 8]);
    for (let o = 0; o < 4; o++) second.data.fill(0, o * 8 + 4, o * 8 + 8);
    const hidden = b.conv(first, second, biases(8));
    const graph = b.graph(b.conv(hidden, weights([2, 1, 8], { inputs: [4, 5, 6, 7] }), biases(2)));
    expect(channels(remove(graph))).toEqual([4, 4, 2]);
  });

  it("removes a channel of a sum only where both sides let it go", () => {
    const build = (unread: readonly number[], ...constants: readonly (readonly number[])[]) => {
      const b = new KernelGraphBuilder();
      const x = b.input([1, 6, 8]);
      const [left, right] = constants.map((outputs) => b.conv(x, weights([8, 1, 8], { outputs }), biases(8)));
      const data = Int8Array.from({ length: 65536 }, (_, i) => ((i >> 8) + (i & 255)) >> 1);
      const sum = b.node("vcgen.QBinary", [left, right], { table: { dtype: "int8", data } });
      return b.graph(b.conv(sum, weights([4, 1, 8], { inputs: unread }), biases(4)));
    };
    expect(channels(remove(build([], [0, 1, 2, 3], [])))).toEqual([8, 8, 8, 4]);
    expect(channels(remove(build([], [0, 1, 2, 3], [0, 1, 2, 3, 4])))).toEqual([4, 4, 4, 4]);
    expect(channels(remove(build([2, 3, 4, 5], [], [])))).toEqual([4, 4, 4, 4]);
  });

  it("cuts pieces of a concatenation, and constants of elementwise operators", () => {
    const b = new KernelGraphBuilder();
    const x = b.input([1, 6, 8]);
    const left = b.conv(x, weights([8, 1, 8], { outputs: [0, 2, 4, 6] }), biases(8));
    const right = b.conv(x, weights([4, 1, 8]), biases(4));
    const piece = (input: number, count: number, to: number) => ({
      input,
      count: [1, 6, count],
      from: [0, 0, 0],
      step: [1, 1, 1],
      to: [0, 0, to],
    });
    const joined = b.node("vcgen.Copy", [left, right], {
      shape: [1, 6, 12],
      pieces: [piece(0, 8, 0), piece(1, 4, 8)],
    });
    const shift = b.constant("int8", [12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const data = Int8Array.from({ length: 65536 }, (_, i) => (i >> 8) - (i & 255));
    const moved = b.node("vcgen.QBinary", [joined, shift], { table: { dtype: "int8", data } });
    const result = remove(b.graph(b.conv(moved, weights([4, 1, 12]), biases(4))));
    expect(channels(result)).toEqual([4, 4, 8, 8, 4]);
  });

  it("keeps groups equal, and removes whole ones", () => {
    const build = (...outputs: readonly number[]) => {
      const b = new KernelGraphBuilder();
      const first = b.conv(b.input([1, 6, 4]), weights([16, 1, 4], { outputs }), biases(16));
      const grouped = b.conv(first, weights([8, 3, 4]), biases(8), { group: 4, wZeroPoints: [0] });
      return b.graph(b.conv(grouped, weights([4, 1, 8]), biases(4)));
    };
    expect(channels(remove(build(0, 1, 4, 8, 12)))).toEqual([12, 8, 4]);
    const whole = remove(build(0, 1, 2, 3, 8, 9, 10, 11));
    expect(channels(whole)).toEqual([8, 4, 4]);
    expect(whole.nodes[1].attrs.group).toBe(2);
  });

  it("keeps inputs and outputs of the graph, and what other operators need whole", () => {
    const b = new KernelGraphBuilder();
    const x = b.input([1, 6, 8]);
    const y = b.conv(x, weights([8, 1, 8], { inputs: [0, 1, 2, 3], outputs: [0, 1, 2, 3] }), biases(8));
    const turned = b.node(
      "Transpose",
      [b.conv(x, weights([8, 1, 8], { outputs: [0, 1, 2, 3] }), biases(8))],
      {
        perm: [0, 2, 1],
      },
    );
    const graph = b.graph(y, turned);
    expect(remove(graph)).toBe(graph);
  });

  it("takes zero points of weights, 16-bit activations and accumulators that wrap", () => {
    const b = new KernelGraphBuilder();
    const zeroed = { ...weights([8, 1, 4]), dtype: "uint8" as const };
    const shifted = zeroed.data.map((w, i) => (i % 8 < 4 ? 77 + (i >> 2) : w + 100));
    const first = b.conv(b.input([1, 6, 4]), { ...zeroed, data: shifted }, biases(8), {
      wZeroPoints: Array.from({ length: 8 }, (_, o) => (o % 2 === 0 ? 77 + o : 100)),
      output: { dtype: "int16", scales: [300], min: -32768, max: 32767 },
    });
    const huge = weights([4, 1, 8]);
    const last = b.conv(first, huge, [2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 5, 0], {
      xZeroPoint: -20000,
      output: { scales: [2 ** -24] },
    });
    expect(channels(remove(b.graph(last)))).toEqual([4, 4]);
  });

  it("replaces a tensor that is known altogether by a constant", () => {
    const b = new KernelGraphBuilder();
    const x = b.input([1, 6, 16]);
    const none = b.conv(
      x,
      weights([16, 1, 16], { outputs: Array.from({ length: 16 }, (_, o) => o) }),
      biases(16),
    );
    const data = Int8Array.from({ length: 65536 }, (_, i) => (i >> 8) + (i & 255));
    const y = b.conv(none, weights([16, 1, 16]), biases(16));
    const sum = b.node("vcgen.QBinary", [x, y], { table: { dtype: "int8", data } });
    const result = remove(b.graph(sum, b.conv(x, weights([8, 1, 16]), biases(8)), y));
    expect(result.nodes.map(({ op }) => op)).toEqual(["vcgen.QBinary", "vcgen.Conv"]);
  });

  it("leaves float convolutions alone: 0 times infinity is not 0", () => {
    const b = new KernelGraphBuilder();
    const float = (x: string, shape: Shape, zero: Parameters<typeof weights>[1]) =>
      b.node("vcgen.Conv", [x, b.constant("float32", shape, weights(shape, zero).data)], {
        strides: [1],
        dilations: [1],
        pads: [0, 0],
        group: 1,
        xZeroPoint: 0,
        wZeroPoints: [0],
        output: { kind: "float32" },
      });
    const hidden = float(b.input([1, 6, 8], "float32"), [8, 1, 8], { outputs: [0, 1, 2, 3] });
    const graph = b.graph(float(hidden, [4, 1, 8], {}));
    expect(remove(graph)).toBe(graph);
  });
});
