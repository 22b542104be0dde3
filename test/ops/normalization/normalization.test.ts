import { describe, expect, it } from "vitest";
import { numel, type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { kernels } from "../../../src/ops/normalization/scalar.js";
import { runKernel } from "../kernel-harness.js";
import { bits, loadFamily, type NodeCase, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const all = await loadFamily("elementwise", "reduce", "normalization");
const own = await loadFamily("normalization");
const cases = onnxNodeTests(own.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    const results = runReference(all, node);
    for (const [i, value] of expected.entries()) {
      expect(firstBeyondTolerance(results[i], value)).toBeUndefined();
    }
  });
});

function wave(shape: Shape, phase = 0): Tensor {
  const values = Array.from({ length: numel(shape) }, (_, i) => 3 * Math.sin(1.7 * i * i + phase) + phase);
  return tensor("float32", shape, values);
}
const positive = (shape: Shape): Tensor => {
  const t = wave(shape, 0.3);
  return tensor(
    "float32",
    shape,
    toNumbers(t).map((v) => v * v + 0.1),
  );
};

const x = wave([2, 6, 3, 4]);
const skip = "com.microsoft.SkipLayerNormalization";
const vectors = [wave([6], 1), wave([6], 2), wave([6], 3), positive([6])];
const nodes: NodeCase[] = [
  ...cases.map(({ node }) => node),
  { op: "LayerNormalization", inputs: [x, wave([4], 1)] },
  {
    op: "LayerNormalization",
    inputs: [x, wave([3, 4], 1), wave([4], 2)],
    attributes: { axis: 2 },
    outputs: 3,
  },
  { op: "LayerNormalization", inputs: [x, wave([6, 3, 4], 1)], attributes: { axis: 1 }, runtime: [0, 1] },
  { op: "RMSNormalization", inputs: [x, wave([4], 1)] },
  { op: "SimplifiedLayerNormalization", inputs: [x, wave([4], 1)], outputs: 2 },
  { op: "InstanceNormalization", inputs: [x, vectors[0], vectors[1]] },
  { op: "InstanceNormalization", inputs: [wave([2, 6, 5]), vectors[0], vectors[1]], runtime: [0, 1, 2] },
  ...[1, 2, 6].map((num_groups) => ({
    op: "GroupNormalization",
    inputs: [x, vectors[0], vectors[1]],
    attributes: { num_groups },
  })),
  {
    op: "GroupNormalization",
    inputs: [x, wave([3], 1), wave([3], 2)],
    attributes: { num_groups: 3 },
    opset: 18,
  },
  { op: "BatchNormalization", inputs: [x, ...vectors] },
  { op: "BatchNormalization", inputs: [wave([4, 6]), ...vectors], runtime: [0, 1, 2, 3, 4] },
  { op: "MeanVarianceNormalization", inputs: [x] },
  { op: "MeanVarianceNormalization", inputs: [x], attributes: { axes: [-1, 1] } },
  { op: "LpNormalization", inputs: [x], attributes: { axis: 1, p: 1 } },
  { op: "LpNormalization", inputs: [tensor("float32", [2, 2], [0, 0, 3, 4])] },
  {
    op: skip,
    inputs: [wave([2, 3, 4]), wave([2, 3, 4], 1), wave([4], 2), wave([4], 3), wave([4], 4)],
    outputs: 4,
  },
  { op: skip, inputs: [wave([2, 3, 4]), wave([3, 4], 1), wave([4], 2)], runtime: [0, 1] },
  {
    op: "com.microsoft.SkipSimplifiedLayerNormalization",
    inputs: [wave([2, 3, 4]), wave([2, 3, 4], 1), wave([4], 2), wave([4], 4)],
    outputs: 4,
  },
];

describe("kernels", () => {
  it("give the reference's bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      const name = `${node.op}[${node.inputs[0]?.shape}] ${JSON.stringify(node.attributes ?? {})}`;
      const expected = runReference(all, node).slice(0, node.outputs ?? 1);
      expect([name, bits(got[i].slice(0, node.outputs ?? 1))]).toEqual([name, bits(expected)]);
    });
  });

  it("work in place", () => {
    const attrs = { axes: [1], epsilon: Math.fround(1e-5), centered: true };
    const input = wave([4, 6]);
    const test = { op: "vcgen.Normalize", inputs: [input, wave([6], 1)], attrs, outputs: [input] };
    const got = runKernel({ ...test, kernel: kernels[0], inPlace: 0 });
    expect(bits(got)).toEqual(bits(all.references["vcgen.Normalize"](test.inputs, attrs, 1)));
  });
});

describe("values worked out by hand", () => {
  const run = (op: string, inputs: Tensor[], attributes: Record<string, unknown> = {}, outputs = 1) =>
    runReference(all, { op, inputs, attributes, outputs }).map((t) => toNumbers(t).map((v) => +v.toFixed(4)));
  const vector = (...values: number[]): Tensor => tensor("float32", [values.length], values);

  it("LayerNormalization", () => {
    // Mean 3, variance 4.
    const inputs = [vector(1, 5), vector(10, 1), vector(0.5, 0)];
    expect(run("LayerNormalization", inputs, { epsilon: 0 }, 3)).toEqual([[-9.5, 1], [3], [0.5]]);
  });

  it("RMSNormalization", () => {
    // Mean square 25.
    expect(run("RMSNormalization", [vector(7, 1), vector(10, 1)], { epsilon: 0 })[0]).toEqual([14, 0.2]);
  });

  it("BatchNormalization", () => {
    const inputs = [
      tensor("float32", [1, 2], [3, 8]),
      vector(2, 1),
      vector(1, 0),
      vector(1, 4),
      vector(4, 16),
    ];
    expect(run("BatchNormalization", inputs, { epsilon: 0 })).toEqual([[3, 1]]);
  });

  it("InstanceNormalization and GroupNormalization of one group a channel", () => {
    const inputs = [tensor("float32", [1, 2, 2], [1, 5, 2, 2]), vector(1, 1), vector(0, 7)];
    expect(run("InstanceNormalization", inputs, { epsilon: 1e-9 })).toEqual([[-1, 1, 7, 7]]);
    expect(run("GroupNormalization", inputs, { epsilon: 1e-9, num_groups: 2 })).toEqual([[-1, 1, 7, 7]]);
  });

  it("MeanVarianceNormalization", () => {
    expect(run("MeanVarianceNormalization", [tensor("float32", [1, 2], [1, 5])], { axes: [1] })).toEqual([
      [-1, 1],
    ]);
  });

  it("SkipLayerNormalization", () => {
    const inputs = [tensor("float32", [1, 2], [0, 2]), tensor("float32", [1, 2], [1, 3]), vector(1, 1)];
    const [y, , , sum] = run(skip, inputs, { epsilon: 0 }, 4);
    expect([y, sum]).toEqual([
      [-1, 1],
      [1, 5],
    ]);
  });

  it("refuses what does not fit", () => {
    const image = tensor("float32", [1, 3, 1], [1, 2, 3]);
    expect(() =>
      run("GroupNormalization", [image, vector(1, 1, 1), vector(1, 1, 1)], { num_groups: 2 }),
    ).toThrow(/3 channels do not divide into 2 groups/);
    expect(() => run("InstanceNormalization", [image, vector(1), vector(1)])).toThrow(/scale is \[1\]/);
    expect(() => run("LayerNormalization", [image, vector(1, 2)])).toThrow(/Scale \[2\] does not broadcast/);
  });
});
