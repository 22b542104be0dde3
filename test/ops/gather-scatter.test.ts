import { describe, expect, it } from "vitest";
import { tensor, toNumbers } from "../../src/ir/tensor.js";
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

const all = await loadFamily("copy", "gather", "scatter", "take");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    expect(bits(runReference(all, node))).toEqual(bits(expected));
  });

  it("kernels, with indices constant and computed at run time", () => {
    const runs = cases.flatMap((c) => [c.node, { ...c.node, runtime: [0, 1, 2] }]);
    const got = runAsC(all, runs);
    cases.forEach(({ name, expected }, i) => {
      expect({ name, got: bits(got[2 * i]) }).toEqual({ name, got: bits(expected) });
      expect({ name, got: bits(got[2 * i + 1]) }).toEqual({ name, got: bits(expected) });
    });
  });
});

const x = counting("int16", [3, 4]);
const zeros = (dtype: "int8" | "uint8" | "int32" | "int64", n: number, value: number) =>
  tensor(dtype, [n], new Array<number>(n).fill(value));

describe("values worked out by hand", () => {
  const given: readonly [string, NodeCase, readonly number[], readonly number[]][] = [
    ["Gather a row", { op: "Gather", inputs: [x, tensor("int64", [], [-1])] }, [4], [8, 9, 10, 11]],
    [
      "Gather columns",
      { op: "Gather", inputs: [x, tensor("int32", [1, 2], [3, 0])], attributes: { axis: 1 } },
      [3, 1, 2],
      [3, 0, 7, 4, 11, 8],
    ],
    [
      "Gather by a table",
      { op: "Gather", inputs: [x, int64s(0, 2, 1, 1, 0, 2, 2, -1)], attributes: { axis: 1 } },
      [3, 8],
      [0, 2, 1, 1, 0, 2, 2, 3, 4, 6, 5, 5, 4, 6, 6, 7, 8, 10, 9, 9, 8, 10, 10, 11],
    ],
    [
      "GatherND with a batch",
      { op: "GatherND", inputs: [x, tensor("int64", [3, 1], [1, -1, 0])], attributes: { batch_dims: 1 } },
      [3],
      [1, 7, 8],
    ],
    [
      "ScatterND of rows",
      {
        op: "ScatterND",
        inputs: [x, tensor("int64", [2, 1], [1, 2]), counting("int16", [2, 4])],
        runtime: [0, 2],
      },
      [3, 4],
      [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7],
    ],
    [
      "the last of equal indices wins",
      {
        op: "ScatterND",
        inputs: [counting("int8", [3]), tensor("int64", [2, 1], [1, 1]), tensor("int8", [2], [7, 9])],
      },
      [3],
      [0, 9, 2],
    ],
    [
      "Scatter before opset 11",
      {
        op: "Scatter",
        inputs: [counting("int8", [1, 5]), tensor("int64", [1, 2], [1, 3]), tensor("int8", [1, 2], [-1, -2])],
        attributes: { axis: 1 },
        opset: 10,
      },
      [1, 5],
      [0, -1, 2, -2, 4],
    ],
    [
      "int8 sums wrap",
      {
        op: "ScatterElements",
        inputs: [tensor("int8", [2], [100, -100]), int64s(0, 1), tensor("int8", [2], [100, -100])],
        attributes: { reduction: "add" },
      },
      [2],
      [-56, 56],
    ],
    [
      "uint8 products wrap",
      {
        op: "ScatterND",
        inputs: [tensor("uint8", [1], [20]), tensor("int64", [1, 1], [0]), tensor("uint8", [1], [20])],
        attributes: { reduction: "mul" },
      },
      [1],
      [144],
    ],
    [
      "int32 products wrap",
      {
        op: "ScatterElements",
        inputs: [tensor("int32", [1], [65537]), int64s(0), tensor("int32", [1], [-65537])],
        attributes: { reduction: "mul" },
      },
      [1],
      [-131073],
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
  const wild = tensor("int64", [2, 3], [-(2 ** 62), 5, -1, 2 ** 62, -4, 1]);
  const reduced = (reduction: string, dtype: "int8" | "uint8" | "int32" | "int64"): NodeCase => ({
    op: "ScatterND",
    inputs: [zeros(dtype, 4, 3), tensor("int64", [3, 1], [3, 0, 3]), tensor(dtype, [3], [2, 100, 90])],
    attributes: { reduction },
    runtime: [0, 1, 2],
  });
  const nodes: readonly NodeCase[] = [
    { op: "Gather", inputs: [x, wild], attributes: { axis: 1 }, runtime: [0, 1] },
    {
      op: "Gather",
      inputs: [counting("float32", [5, 2, 3]), tensor("int32", [4], [4, -5, 9, -9])],
      runtime: [0, 1],
    },
    { op: "Gather", inputs: [counting("int8", [2, 0]), int64s(1, 1)], runtime: [0, 1] },
    { op: "Gather", inputs: [counting("int8", [2, 7]), int64s(1, 1)], attributes: { axis: 1 } },
    { op: "GatherElements", inputs: [x, wild], attributes: { axis: 1 }, runtime: [0, 1] },
    { op: "GatherElements", inputs: [x, wild], runtime: [0, 1] },
    { op: "GatherND", inputs: [x, tensor("int64", [2, 2], [-9, 9, -1, -1])], runtime: [0, 1] },
    { op: "ScatterElements", inputs: [x, wild, counting("int16", [2, 3])], runtime: [0, 1, 2] },
    {
      op: "ScatterND",
      inputs: [x, tensor("int64", [2, 1], [9, -9]), counting("int16", [2, 4])],
      runtime: [0, 1, 2],
    },
    { op: "ScatterND", inputs: [x, tensor("int64", [0, 1], []), counting("int16", [0, 4])], runtime: [0, 2] },
    {
      op: "ScatterND",
      inputs: [x, tensor("int64", [3, 1], [0, 1, 2]), counting("int16", [3, 4])],
      runtime: [0, 2],
    },
    ...["add", "mul", "max", "min"].flatMap((how) =>
      (["int8", "uint8", "int32", "int64"] as const).map((dtype) => reduced(how, dtype)),
    ),
    ...["max", "min"].map(
      (reduction): NodeCase => ({
        op: "ScatterElements",
        inputs: [
          tensor("float32", [4], [Number.NaN, 1, -0, 0]),
          int64s(0, 1, 2, 3),
          tensor("float32", [4], [2, Number.NaN, 0, -0]),
        ],
        attributes: { reduction },
        runtime: [0, 1, 2],
      }),
    ),
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
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["index out of range", { op: "Gather", inputs: [x, int64s(3)] }, /index 3 is out of range/],
    [
      "empty axis",
      { op: "Gather", inputs: [counting("int8", [0]), int64s(0)], runtime: [0, 1] },
      /without elements/,
    ],
    ["float indices", { op: "Gather", inputs: [x, tensor("float32", [1], [0])] }, /expected int32 or int64/],
    ["rank", { op: "GatherElements", inputs: [x, int64s(0)] }, /do not fit/],
    [
      "updates",
      { op: "ScatterND", inputs: [x, tensor("int64", [1, 1], [0]), counting("int16", [1, 3])] },
      /do not fit/,
    ],
    [
      "types",
      { op: "ScatterND", inputs: [x, tensor("int64", [1, 1], [0]), counting("int8", [1, 4])] },
      /updates are int8/,
    ],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
