import { describe, expect, it } from "vitest";
import { type Tensor, tensor, toNumbers } from "../../src/ir/tensor.js";
import {
  bits,
  counting,
  int64s,
  loadFamily,
  type NodeCase,
  onnxNodeTests,
  prepare,
  runAsC,
  runLegalized,
  runReference,
} from "./node-case.js";

const all = await loadFamily("concat", "copy", "expand", "pad", "reshape", "shape", "slice", "transpose");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    expect(bits(runReference(all, node))).toEqual(bits(expected));
  });

  it("kernels", () => {
    const run = cases.filter((c) => !["Shape", "Size"].includes(c.node.op));
    const nodes = run.map((c) => c.node);
    const got = runAsC(all, nodes);
    run.forEach((c, i) => {
      expect({ name: c.name, got: bits(got[i]) }).toEqual({ name: c.name, got: bits(c.expected) });
    });
  });
});

const scalarOf = (value: number): Tensor => tensor("int8", [], [value]);
const pads = (mode: string, shape: readonly number[], ...values: number[]): NodeCase => ({
  op: "Pad",
  inputs: [counting("int8", shape), int64s(...values), mode === "constant" ? scalarOf(9) : undefined],
  attributes: { mode },
});

describe("values worked out by hand", () => {
  const given: readonly [string, NodeCase, readonly number[], readonly number[]][] = [
    ["reflect", pads("reflect", [4], 3, 2), [9], [3, 2, 1, 0, 1, 2, 3, 2, 1]],
    ["reflect back and forth", pads("reflect", [3], 5, 4), [12], [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]],
    ["reflect one element", pads("reflect", [1], 2, 1), [4], [0, 0, 0, 0]],
    ["reflect two axes", pads("reflect", [2, 2], 1, 0, 0, 1), [3, 3], [2, 3, 2, 0, 1, 0, 2, 3, 2]],
    ["wrap round and round", pads("wrap", [3], 4, 2), [9], [2, 0, 1, 2, 0, 1, 2, 0, 1]],
    ["edge", pads("edge", [2, 2], 0, 2, 1, 0), [3, 4], [0, 0, 0, 1, 2, 2, 2, 3, 2, 2, 2, 3]],
    ["crop and pad", pads("constant", [2, 3], 0, -1, 1, 2), [3, 4], [1, 2, 9, 9, 4, 5, 9, 9, 9, 9, 9, 9]],
    ["crop, then reflect", pads("reflect", [5], -2, 2), [5], [2, 3, 4, 3, 2]],
    [
      "Slice before opset 10",
      {
        op: "Slice",
        inputs: [counting("int16", [3, 4])],
        attributes: { starts: [1, -2], ends: [9, 4] },
        opset: 9,
      },
      [2, 2],
      [6, 7, 10, 11],
    ],
    [
      "Slice backwards from beyond both ends",
      {
        op: "Slice",
        inputs: [counting("int8", [7]), int64s(99), int64s(-(2 ** 62)), int64s(-1), int64s(-3)],
      },
      [3],
      [6, 3, 0],
    ],
    [
      "Slice with a negative start that is out of range, backwards",
      { op: "Slice", inputs: [counting("int8", [4]), int64s(-9), int64s(-99), int64s(0), int64s(-1)] },
      [1],
      [0],
    ],
    [
      "Pad before opset 11",
      {
        op: "Pad",
        inputs: [counting("float32", [2])],
        attributes: { pads: [1, 2], value: 0.5, mode: "constant" },
        opset: 10,
      },
      [5],
      [0.5, 0, 1, 0.5, 0.5],
    ],
    [
      "Squeeze before opset 13",
      { op: "Squeeze", inputs: [counting("int8", [1, 2, 1])], attributes: { axes: [-1] }, opset: 11 },
      [1, 2],
      [0, 1],
    ],
    [
      "Tile of an inner axis",
      { op: "Tile", inputs: [counting("int8", [2, 2]), int64s(1, 3)] },
      [2, 6],
      [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3],
    ],
    [
      "Expand in both directions",
      { op: "Expand", inputs: [counting("int8", [2, 1]), int64s(2, 1, 3)] },
      [2, 2, 3],
      [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1],
    ],
  ];

  it.each(given)("%s: reference", (_, node, shape, values) => {
    const [y] = runReference(all, node);
    expect([y.shape, toNumbers(y)]).toEqual([shape, values]);
  });

  it("kernels", () => {
    const got = runAsC(
      all,
      given.map(([, node]) => node),
    );
    given.forEach(([name, , shape, values], i) => {
      const [y] = got[i];
      expect([name, y.shape, toNumbers(y)]).toEqual([name, shape, values]);
    });
  });
});

describe("kernels against the reference", () => {
  const wide = (shape: readonly number[]) => counting("int32", shape);
  const nodes: readonly NodeCase[] = [
    { op: "Transpose", inputs: [counting("uint8", [1, 80, 3])], attributes: { perm: [0, 2, 1] } },
    { op: "Transpose", inputs: [counting("int16", [13, 21])] },
    { op: "Transpose", inputs: [counting("float32", [2, 9, 17])], attributes: { perm: [0, 2, 1] } },
    { op: "Transpose", inputs: [counting("int64", [3, 4, 5])], attributes: { perm: [2, 0, 1] } },
    { op: "Transpose", inputs: [wide([2, 3, 4, 5, 6])], attributes: { perm: [4, 2, 0, 3, 1] } },
    { op: "Transpose", inputs: [wide([2, 3, 4, 5, 6])], attributes: { perm: [1, 0, 3, 2, 4] } },
    { op: "Transpose", inputs: [counting("bool", [2, 0, 3])], attributes: { perm: [2, 1, 0] } },
    { op: "Transpose", inputs: [counting("int8", [1, 5, 1])], attributes: { perm: [2, 0, 1] } },
    { op: "Split", inputs: [wide([4, 7])], attributes: { axis: 1, num_outputs: 3 }, outputs: 3 },
    { op: "Split", inputs: [wide([6, 2]), int64s(1, 0, 5)], outputs: 3 },
    { op: "Split", inputs: [wide([2, 6])], attributes: { axis: -1, split: [2, 4] }, opset: 11, outputs: 2 },
    {
      op: "Concat",
      inputs: [wide([2, 3]), wide([2, 1]), wide([2, 2])],
      attributes: { axis: 1 },
      runtime: [0, 1, 2],
    },
    { op: "Concat", inputs: [wide([1, 3]), wide([4, 3])], attributes: { axis: -2 }, runtime: [0, 1] },
    { op: "Slice", inputs: [wide([9, 11]), int64s(8, 10), int64s(0, 0), int64s(0, 1), int64s(-2, -3)] },
    { op: "Slice", inputs: [wide([40]), int64s(3), int64s(38), int64s(0), int64s(2)] },
    { op: "Slice", inputs: [wide([4]), int64s(3), int64s(1)] },
    { op: "Slice", inputs: [wide([4, 4]), int64s(0), int64s(2 ** 53), int64s(1)] },
    { ...pads("constant", [3, 4], 1, 2, 3, 4), runtime: [0, 2] },
    { op: "Pad", inputs: [counting("int64", [3]), int64s(2, 2), tensor("int64", [1], [-1])] },
    { op: "Pad", inputs: [counting("float32", [2, 3]), int64s(1, 0, 0, 2), tensor("float32", [], [-0])] },
    { op: "Pad", inputs: [wide([3, 4, 5]), int64s(0, 3, 2, 1, 3, 4)], attributes: { mode: "reflect" } },
    { op: "Pad", inputs: [wide([3, 4, 5]), int64s(2, 0, 2, 1, 3, 4)], attributes: { mode: "edge" } },
    { op: "Pad", inputs: [wide([3, 4, 5]), int64s(2, -1, 7, 1, 3, 4)], attributes: { mode: "wrap" } },
    { op: "Tile", inputs: [wide([2, 3]), int64s(2, 2)] },
    { op: "Tile", inputs: [wide([2, 3]), int64s(0, 2)] },
    { op: "Expand", inputs: [counting("bool", [1, 5, 1]), int64s(3, 5, 9)] },
    { op: "DepthToSpace", inputs: [wide([2, 18, 2, 3])], attributes: { blocksize: 3, mode: "CRD" } },
    { op: "SpaceToDepth", inputs: [wide([2, 3, 4, 6])], attributes: { blocksize: 2, mode: "CRD" } },
  ];

  it("give the same bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      expect([node.op, i, bits(got[i])]).toEqual([node.op, i, bits(runReference(all, node))]);
    });
  });

  it("and so do the references of the kernel operators", () => {
    const byReference = nodes.map((node) => runReference(all, node));
    expect(runLegalized(all, nodes).map(bits)).toEqual(byReference.map(bits));
  });
});

describe("what does not fit is refused", () => {
  const x = counting("int8", [2, 3]);
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["huge pads", { op: "Pad", inputs: [x, int64s(0, 2 ** 40, 0, 0)] }, /more than 2147483648 elements/],
    ["huge repeats", { op: "Tile", inputs: [x, int64s(2 ** 31, 2 ** 31)] }, /more than 2147483648/],
    ["huge shape", { op: "Expand", inputs: [x, int64s(2 ** 50, 2, 3)] }, /more than 2147483648/],
    ["negative pads that leave nothing", pads("constant", [2], -2, -1), /remove more than axis 0/],
    ["reflection of nothing", pads("reflect", [0], 1, 0), /no elements to pad from/],
    ["run-time shape", { op: "Reshape", inputs: [x, int64s(6)], runtime: [0, 1] }, /must be a constant/],
    ["wrong element count", { op: "Reshape", inputs: [x, int64s(4)] }, /number of elements differs/],
    ["two free dimensions", { op: "Reshape", inputs: [x, int64s(-1, -1)] }, /cannot reshape/],
    ["no permutation", { op: "Transpose", inputs: [x], attributes: { perm: [0, 0] } }, /no permutation/],
    ["repeated axes", { op: "Unsqueeze", inputs: [x, int64s(0, -4)] }, /name an axis twice/],
    ["dimension that is not 1", { op: "Squeeze", inputs: [x, int64s(1)] }, /is 3, not 1/],
    ["step of 0", { op: "Slice", inputs: [x, int64s(0), int64s(1), int64s(0), int64s(0)] }, /step of 0/],
    [
      "shapes that do not fit",
      { op: "Concat", inputs: [x, counting("int8", [3, 3])], attributes: { axis: 1 } },
      /does not fit/,
    ],
    [
      "split that does not add up",
      { op: "Split", inputs: [x, int64s(1, 1)], attributes: { axis: 1 }, outputs: 2 },
      /does not divide/,
    ],
    [
      "blocksize",
      { op: "DepthToSpace", inputs: [counting("int8", [1, 6, 1, 1])], attributes: { blocksize: 2 } },
      /no multiple/,
    ],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
