import { expect, test } from "vitest";
import { runCompiled } from "../../../src/7-verify/run-on-target.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { compileGraph } from "../../../src/compile.js";
import type { Graph, Node, Value } from "../../../src/ir/graph.js";
import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";

/** One convolution: channels-first as ONNX has it. */
interface Shape {
  readonly batch?: number;
  readonly channels: number;
  readonly outputs: number;
  readonly spatial: readonly number[];
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly depthwise?: boolean;
}

/** Every remainder of positions, channels and depth; unrolled and looped depths; windows in place and gathered. */
const dense: readonly Shape[] = [
  { channels: 128, outputs: 16, spatial: [8], kernel: [1] },
  { channels: 16, outputs: 33, spatial: [5], kernel: [1] },
  { channels: 240, outputs: 18, spatial: [6], kernel: [1] },
  { channels: 241, outputs: 20, spatial: [7], kernel: [1] },
  { channels: 528, outputs: 17, spatial: [4], kernel: [1] },
  { channels: 37, outputs: 40, spatial: [1], kernel: [1] },
  { channels: 300, outputs: 5, spatial: [1], kernel: [1] },
  { channels: 20, outputs: 24, spatial: [2], kernel: [1] },
  { channels: 3, outputs: 8, spatial: [11, 9], kernel: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1] },
  { channels: 1, outputs: 7, spatial: [13, 6], kernel: [5, 4], pads: [2, 1, 2, 2] },
  { channels: 24, outputs: 19, spatial: [12], kernel: [3], pads: [1, 1] },
  { channels: 5, outputs: 16, spatial: [20], kernel: [7], strides: [3], dilations: [2], pads: [6, 5] },
  { batch: 3, channels: 17, outputs: 9, spatial: [6], kernel: [2] },
  { batch: 2, channels: 32, outputs: 32, spatial: [4, 3], kernel: [1, 1], strides: [2, 1] },
];

/** Groups and parts of groups, taps in registers and in a table, dead rows and columns. */
const depthwise: readonly Shape[] = [
  { channels: 16, outputs: 16, spatial: [9], kernel: [3], pads: [1, 1] },
  { channels: 12, outputs: 12, spatial: [17], kernel: [1] },
  { channels: 36, outputs: 36, spatial: [10], kernel: [3], strides: [2], pads: [0, 1] },
  { channels: 32, outputs: 32, spatial: [13], kernel: [3], dilations: [16], pads: [16, 16] },
  { channels: 8, outputs: 8, spatial: [7, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { channels: 48, outputs: 48, spatial: [9, 8], kernel: [3, 3], strides: [2, 3], pads: [1, 0, 2, 1] },
  { channels: 20, outputs: 20, spatial: [6, 7], kernel: [4, 5], pads: [1, 2, 2, 2] },
  { batch: 2, channels: 32, outputs: 32, spatial: [30], kernel: [11], pads: [5, 5] },
];

/** How outputs are scaled: by channel or not, coarse with few steps, or so that ReLU clips. */
const outputs = [
  { perChannel: true, coarse: 1, zero: 3 },
  { perChannel: false, coarse: 1, zero: -128 },
  { perChannel: true, coarse: 200, zero: 17 },
] as const;

function graphOf(random: Random): { graph: Graph<"quantized">; inputs: Record<string, Tensor> } {
  const values = new Map<string, Value>();
  const nodes: Node[] = [];
  const inputs: Record<string, Tensor> = {};
  const constant = (name: string, t: Tensor) => {
    values.set(name, { name, dtype: t.dtype, shape: t.shape, data: t.data });
    return name;
  };
  const shapes = [...dense, ...depthwise.map((shape) => ({ ...shape, depthwise: true }))];
  shapes.forEach((s, i) => {
    const rank = s.spatial.length;
    const { strides, dilations, pads } = {
      strides: s.strides ?? Array<number>(rank).fill(1),
      dilations: s.dilations ?? Array<number>(rank).fill(1),
      pads: s.pads ?? Array<number>(2 * rank).fill(0),
    };
    const depth = s.kernel.reduce((n, k) => n * k, s.depthwise ? 1 : s.channels);
    const to = outputs[i % outputs.length];
    const x = random.tensor("int8", [s.batch ?? 1, s.channels, ...s.spatial]);
    const w = random.tensor("int8", [s.outputs, s.depthwise ? 1 : s.channels, ...s.kernel]);
    // Extreme weights and inputs, and a channel that is always the same.
    const [wData, xData] = [w.data as Int8Array, x.data as Int8Array];
    if (i % 2 === 0) wData.fill(-128, 0, depth);
    if (i % 2 === 0) xData.fill(-128, 0, Math.ceil(xData.length / 3));
    if (i % 3 === 1) wData.fill(0, depth, 2 * depth);
    const weightScale = 0.01;
    const scales = Array.from(
      { length: to.perChannel ? s.outputs : 1 },
      () => weightScale * (0.5 + random.next()),
    );
    const name = `y${i}`;
    inputs[`x${i}`] = x;
    values.set(`x${i}`, { name: `x${i}`, dtype: "int8", shape: x.shape });
    const spatial = s.spatial.map((size, axis) => {
      const span = (s.kernel[axis] - 1) * dilations[axis] + 1;
      return Math.floor((size + pads[axis] + pads[axis + rank] - span) / strides[axis]) + 1;
    });
    values.set(name, { name, dtype: "int8", shape: [s.batch ?? 1, s.outputs, ...spatial] });
    const bias = Array.from({ length: s.outputs }, () => random.int(-20000, 20000));
    nodes.push({
      name,
      op: "QLinearConv",
      inputs: [
        `x${i}`,
        constant(`xs${i}`, tensor("float32", [], [0.02])),
        constant(`xz${i}`, tensor("int8", [], [random.int(-128, 127)])),
        constant(`w${i}`, w),
        constant(`ws${i}`, tensor("float32", to.perChannel ? [s.outputs] : [], scales)),
        constant(
          `wz${i}`,
          tensor(
            "int8",
            to.perChannel ? [s.outputs] : [],
            scales.map(() => 0),
          ),
        ),
        constant(`ys${i}`, tensor("float32", [], [0.02 * weightScale * 60 * Math.sqrt(depth) * to.coarse])),
        constant(`yz${i}`, tensor("int8", [], [to.zero])),
        ...(i % 4 === 3 ? [] : [constant(`b${i}`, tensor("int32", [s.outputs], bias))]),
      ],
      outputs: [name],
      attrs: {
        kernel_shape: s.kernel,
        strides,
        dilations,
        pads,
        group: s.depthwise ? s.channels : 1,
      },
      origin: [name],
    });
  });
  return {
    graph: {
      stage: "quantized",
      name: "convolutions",
      inputs: Object.keys(inputs),
      outputs: nodes.map((node) => node.outputs[0]),
      values,
      nodes,
    },
    inputs,
  };
}

const target = loadTarget("cortex-m55");

test.each([1, 2])(
  "convolutions on Helium give the reference's bytes, seed %i",
  async (seed) => {
    const { graph, inputs } = graphOf(new Random(seed));
    const expected = evaluate(graph, inputs);
    const compiled = await compileGraph(graph, "0".repeat(64), { target });
    const kernels = compiled.program.steps.map((step) => step.kernel);
    expect(kernels.filter((kernel) => kernel.startsWith("conv-gemm-4x")).length).toBe(dense.length);
    expect(kernels.filter((kernel) => kernel === "conv-depthwise-16c").length).toBe(depthwise.length);
    if (!toolStatus(target).ready) return;
    const [results] = await runCompiled(compiled, target, [inputs]);
    for (const output of graph.outputs) {
      const [result, right] = [results[output].data, expected[output].data];
      expect([output, result.length]).toEqual([output, right.length]);
      const wrong = result.findIndex((value, i) => value !== right[i]);
      if (wrong >= 0) expect.fail(`${output}[${wrong}] is ${result[wrong]}, expected ${right[wrong]}`);
    }
  },
  60_000,
);
