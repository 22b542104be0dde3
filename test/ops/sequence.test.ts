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
  runReference,
} from "./node-case.js";

const all = await loadFamily("copy", "cumsum", "one-hot", "reverse-sequence", "top-k", "trilu");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    expect(bits(runReference(all, node))).toEqual(bits(expected));
  });

  it("kernels", () => {
    const got = runAsC(
      all,
      cases.map((c) => c.node),
    );
    cases.forEach(({ name, expected }, i) => {
      expect({ name, got: bits(got[i]) }).toEqual({ name, got: bits(expected) });
    });
  });
});

const axis = (value: number) => tensor("int32", [], [value]);
const cumsum = (attributes: object, at = 1): NodeCase => ({
  op: "CumSum",
  inputs: [tensor("int32", [2, 3], [1, 2, 3, 10, 20, 30]), axis(at)],
  attributes: { ...attributes },
});
const onOff = tensor("int8", [2], [-1, 7]);
const nan = Number.NaN;

const given: readonly [string, NodeCase, readonly number[], readonly number[]][] = [
  ["CumSum", cumsum({}), [2, 3], [1, 3, 6, 10, 30, 60]],
  ["CumSum of an outer axis", cumsum({}, 0), [2, 3], [1, 2, 3, 11, 22, 33]],
  ["CumSum exclusive", cumsum({ exclusive: 1 }), [2, 3], [0, 1, 3, 0, 10, 30]],
  ["CumSum reverse", cumsum({ reverse: 1 }, -1), [2, 3], [6, 5, 3, 60, 50, 30]],
  ["CumSum exclusive and reverse", cumsum({ exclusive: 1, reverse: 1 }, 0), [2, 3], [10, 20, 30, 0, 0, 0]],
  [
    "CumSum wraps",
    { op: "CumSum", inputs: [tensor("int8", [3], [100, 100, 100]), axis(0)] },
    [3],
    [100, -56, 44],
  ],
  [
    "CumSum rounds after every addition",
    { op: "CumSum", inputs: [tensor("float32", [3], [16777216, 1, 1]), axis(0)] },
    [3],
    [16777216, 16777216, 16777216],
  ],
  [
    "OneHot in front",
    { op: "OneHot", inputs: [int64s(1, -1, 5), tensor("int64", [1], [3]), onOff], attributes: { axis: 0 } },
    [3, 3],
    [-1, -1, -1, 7, -1, -1, -1, 7, -1],
  ],
  [
    "OneHot of float indices",
    { op: "OneHot", inputs: [tensor("float32", [1, 2], [0, -2]), tensor("float32", [], [2]), onOff] },
    [1, 2, 2],
    [7, -1, 7, -1],
  ],
  [
    "ReverseSequence, batch first",
    {
      op: "ReverseSequence",
      inputs: [counting("int8", [3, 4]), int64s(1, 3, 4)],
      attributes: { batch_axis: 0, time_axis: 1 },
      runtime: [0, 1],
    },
    [3, 4],
    [0, 1, 2, 3, 6, 5, 4, 7, 11, 10, 9, 8],
  ],
  [
    "ReverseSequence, time first, lengths out of range",
    { op: "ReverseSequence", inputs: [counting("int16", [3, 2, 2]), int64s(9, -1)], runtime: [0, 1] },
    [3, 2, 2],
    [8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11],
  ],
  [
    "Trilu of batches",
    { op: "Trilu", inputs: [counting("int64", [2, 2, 2]), int64s(-1)], attributes: { upper: 0 } },
    [2, 2, 2],
    [0, 0, 2, 0, 0, 0, 6, 0],
  ],
  [
    "Trilu far outside",
    { op: "Trilu", inputs: [counting("int8", [2, 2]), tensor("int64", [], [2 ** 60])] },
    [2, 2],
    [0, 0, 0, 0],
  ],
];

describe("values worked out by hand", () => {
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

  const topK: readonly [string, NodeCase, readonly number[], readonly number[]][] = [
    [
      "the first of equal elements wins",
      { op: "TopK", inputs: [tensor("uint8", [5], [3, 9, 3, 9, 1]), int64s(3)], outputs: 2 },
      [9, 9, 3],
      [1, 3, 0],
    ],
    [
      "smallest along the outer axis",
      {
        op: "TopK",
        inputs: [tensor("int16", [3, 2], [5, 1, -4, 1, 0, 0]), int64s(2)],
        attributes: { axis: 0, largest: 0 },
        outputs: 2,
      },
      [-4, 0, 0, 1],
      [1, 2, 2, 0],
    ],
    [
      "NaN is the largest",
      { op: "TopK", inputs: [tensor("float32", [5], [1, nan, 3, nan, -1]), int64s(4)], outputs: 2 },
      [nan, nan, 3, 1],
      [1, 3, 2, 0],
    ],
    [
      "NaN is never among the smallest while there is something else",
      {
        op: "TopK",
        inputs: [tensor("float32", [4], [nan, 2, nan, 1]), int64s(3)],
        attributes: { largest: 0 },
        outputs: 2,
      },
      [1, 2, nan],
      [3, 1, 0],
    ],
    [
      "before opset 10",
      { op: "TopK", inputs: [tensor("int64", [3], [1, 2, 3])], attributes: { k: 1 }, opset: 9, outputs: 2 },
      [3],
      [2],
    ],
  ];

  it("TopK", () => {
    const nodes = topK.map(([, node]) => node);
    const inC = runAsC(all, nodes);
    topK.forEach(([name, node, values, indices], i) => {
      const byReference = runReference(all, node);
      expect([name, ...byReference.map(toNumbers)]).toEqual([name, values, indices]);
      expect([name, ...inC[i].map(toNumbers)]).toEqual([name, values, indices]);
    });
  });
});

describe("what does not fit is refused", () => {
  const x = counting("int8", [2, 3]);
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["K too large", { op: "TopK", inputs: [x, int64s(4)], outputs: 2 }, /K is 4, but axis -1/],
    [
      "K at run time",
      { op: "TopK", inputs: [x, int64s(1)], runtime: [0, 1], outputs: 2 },
      /must be a constant/,
    ],
    ["axis at run time", { op: "CumSum", inputs: [x, axis(0)], runtime: [0, 1] }, /must be a constant/],
    ["axis out of range", { op: "CumSum", inputs: [x, axis(2)] }, /out of range/],
    ["depth", { op: "OneHot", inputs: [int64s(0), int64s(2 ** 40), onOff] }, /more than 2147483648/],
    ["lengths", { op: "ReverseSequence", inputs: [x, int64s(1)] }, /expected int64\[3\]/],
    ["one axis", { op: "Trilu", inputs: [int64s(0)] }, /at least two axes/],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
