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
  runReference,
} from "./node-case.js";

const all = await loadFamily("copy", "data-dependent", "generate", "random", "take", "window-functions");
const cases = onnxNodeTests(all.ops.map((op) => op.name));
const constant = (node: NodeCase): NodeCase => ({ ...node, runtime: [] });

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, { node, expected }) => {
    const got = runReference(all, constant(node));
    got.forEach((y, i) => {
      expect([y.dtype, y.shape]).toEqual([expected[i].dtype, [...expected[i].shape]]);
      toNumbers(y).forEach((value, k) => {
        const wanted = Number(expected[i].data[k]);
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-7 + 1e-6 * Math.abs(wanted));
      });
    });
  });
});

const scalar = (dtype: Tensor["dtype"], value: number) => tensor(dtype, [], [value]);
const range = (dtype: Tensor["dtype"], ...values: readonly number[]): NodeCase => ({
  op: "Range",
  inputs: values.map((value) => scalar(dtype, value)),
});

const given: readonly [string, NodeCase, readonly number[], readonly number[]][] = [
  ["Range upwards", range("int64", 3, 10, 3), [3], [3, 6, 9]],
  ["Range downwards", range("int16", 5, 0, -2), [3], [5, 3, 1]],
  ["Range of nothing", range("int32", 5, 0, 2), [0], []],
  [
    "Range adds in float32",
    range("float32", 16777216, 16777220, 1),
    [4],
    [16777216, 16777216, 16777216, 16777216],
  ],
  [
    "ConstantOfShape",
    {
      op: "ConstantOfShape",
      inputs: [int64s(2, 1)],
      attributes: { value: tensor("int8", [1], [-3]) },
    },
    [2, 1],
    [-3, -3],
  ],
  ["ConstantOfShape of a scalar", { op: "ConstantOfShape", inputs: [int64s()] }, [], [0]],
  [
    "EyeLike",
    { op: "EyeLike", inputs: [counting("int8", [3, 4])], attributes: { k: 1, dtype: 7 } },
    [3, 4],
    [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  ],
  [
    "EyeLike below the diagonal",
    { op: "EyeLike", inputs: [counting("int8", [3, 2])], attributes: { k: -2 } },
    [3, 2],
    [0, 0, 0, 0, 1, 0],
  ],
  ["HannWindow", { op: "HannWindow", inputs: [scalar("int64", 4)] }, [4], [0, 0.5, 1, 0.5]],
  [
    "HannWindow of integers",
    { op: "HannWindow", inputs: [scalar("int64", 5)], attributes: { periodic: 0, output_datatype: 6 } },
    [5],
    [0, 0, 1, 0, 0],
  ],
  ["NonZero of NaN", { op: "NonZero", inputs: [tensor("float32", [3], [0, Number.NaN, -0])] }, [1, 1], [1]],
  ["NonZero", { op: "NonZero", inputs: [tensor("int8", [2, 2], [0, 5, -1, 0])] }, [2, 2], [0, 1, 1, 0]],
  [
    "Compress along an axis",
    {
      op: "Compress",
      inputs: [counting("int8", [3, 2]), tensor("bool", [2], [0, 1])],
      attributes: { axis: 0 },
    },
    [1, 2],
    [2, 3],
  ],
  [
    "Compress flattened",
    { op: "Compress", inputs: [counting("int8", [3, 2]), tensor("bool", [5], [1, 0, 0, 1, 1])] },
    [3],
    [0, 3, 4],
  ],
];

describe("values worked out by hand", () => {
  it.each(given)("%s", (_, node, shape, values) => {
    const [y] = runReference(all, constant(node));
    expect(y.shape).toEqual(shape);
    toNumbers(y).forEach((value, i) => {
      expect(value).toBeCloseTo(values[i], 6);
    });
  });

  it("BlackmanWindow", () => {
    const [y] = runReference(all, constant({ op: "BlackmanWindow", inputs: [scalar("int32", 4)] }));
    [0, 0.34, 1, 0.34].forEach((value, i) => {
      expect(Number(y.data[i])).toBeCloseTo(value, 6);
    });
  });

  it("Unique", () => {
    const x = tensor("float32", [6], [2, 1, 1, 3, 4, 3]);
    const sorted = runReference(all, constant({ op: "Unique", inputs: [x], outputs: 4 }));
    expect(sorted.map(toNumbers)).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
    const asIs = runReference(
      all,
      constant({ op: "Unique", inputs: [x], attributes: { sorted: 0 }, outputs: 4 }),
    );
    expect(asIs.map(toNumbers)).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ]);
    const rows = tensor("int8", [3, 2], [1, 0, 1, 0, 0, 9]);
    const slices = runReference(
      all,
      constant({ op: "Unique", inputs: [rows], attributes: { axis: 0 }, outputs: 4 }),
    );
    expect(slices.map(toNumbers)).toEqual([
      [0, 9, 1, 0],
      [2, 0],
      [1, 1, 0],
      [1, 2],
    ]);
  });

  it("shapes alone decide EyeLike", () => {
    const { outputs } = prepare(all, { op: "EyeLike", inputs: [counting("float32", [2, 2])] });
    expect(bits(outputs as Tensor[])).toEqual(bits([tensor("float32", [2, 2], [1, 0, 0, 1])]));
  });

  it("Compress of a run-time tensor has a kernel", () => {
    const nodes = given.filter(([, node]) => node.op === "Compress");
    runAsC(
      all,
      nodes.map(([, node]) => node),
    ).forEach(([y], i) => {
      expect(toNumbers(y)).toEqual(nodes[i][3]);
    });
  });
});

describe("what can not be is refused", () => {
  const x = counting("float32", [2, 2]);
  const mel = (...values: readonly number[]): NodeCase =>
    constant({
      op: "MelWeightMatrix",
      inputs: values.map((value, i) => scalar(i < 3 ? "int64" : "float32", value)),
    });
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["random numbers", { op: "RandomNormalLike", inputs: [x], attributes: { seed: 1 } }, /random result/],
    ["NonZero at run time", { op: "NonZero", inputs: [x] }, /depends on the values of input 0/],
    ["Unique at run time", { op: "Unique", inputs: [x] }, /depends on the values of input 0/],
    [
      "condition at run time",
      { op: "Compress", inputs: [x, counting("bool", [2])], runtime: [0, 1] },
      /input 1/,
    ],
    [
      "condition beyond the input",
      { op: "Compress", inputs: [x, tensor("bool", [3], [0, 0, 1])], attributes: { axis: 0 } },
      /element 2 of 2/,
    ],
    ["delta 0", constant(range("int32", 0, 1, 0)), /delta must not be 0/],
    ["endless Range", constant(range("float32", 0, 1e30, 1e-30)), /output shape/],
    ["NaN Range", constant(range("float32", 0, Number.NaN, 1)), /not a size/],
    [
      "huge ConstantOfShape",
      constant({ op: "ConstantOfShape", inputs: [int64s(2 ** 20, 2 ** 20)] }),
      /more than 2147483648/,
    ],
    ["negative window", constant({ op: "HannWindow", inputs: [scalar("int64", -1)] }), /not a size/],
    ["filters beyond the spectrum", mel(8, 512, 16000, 0, 9000), /do not fit/],
    [
      "huge EyeLike",
      { op: "EyeLike", inputs: [{ dtype: "int8", shape: [2 ** 15, 2 ** 15], data: new Int8Array() }] },
      /more than/,
    ],
    ["unknown data type", { op: "EyeLike", inputs: [x], attributes: { dtype: 14 } }, /COMPLEX64/],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
