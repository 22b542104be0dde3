import { describe, expect, it } from "vitest";
import { tensor, toNumbers } from "../../src/ir/tensor.js";
import {
  bits,
  counting,
  int64s,
  loadFamily,
  type NodeCase,
  prepare,
  runAsC,
  runReference,
} from "./node-case.js";

const all = await loadFamily("col2im", "copy");

describe("Col2Im", () => {
  // Overlap-add of three frames of four samples, two apart.
  const overlap: NodeCase = {
    op: "Col2Im",
    inputs: [tensor("float32", [1, 4, 3], [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]), int64s(8), int64s(4)],
    attributes: { strides: [2] },
  };
  // The ONNX documentation's example: 1x5 blocks of a 5x5 image.
  const rows: NodeCase = {
    op: "Col2Im",
    inputs: [
      tensor(
        "float32",
        [1, 5, 5],
        [1, 6, 11, 16, 21, 2, 7, 12, 17, 22, 3, 8, 13, 18, 23, 4, 9, 14, 19, 24, 5, 0, 15, 20, 25],
      ),
      int64s(5, 5),
      int64s(1, 5),
    ],
  };
  const padded: NodeCase = {
    op: "Col2Im",
    inputs: [counting("int8", [1, 2, 3]), int64s(2), int64s(2)],
    attributes: { pads: [1, 1] },
  };

  it("adds up blocks where they overlap", () => {
    const expected = [
      [1, 2, 3 + 5, 4 + 6, 7 + 9, 8 + 10, 11, 12],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
      [1 + 3, 2 + 4],
    ];
    const nodes = [overlap, rows, padded];
    const inC = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      expect(toNumbers(runReference(all, node)[0])).toEqual(expected[i]);
      expect(toNumbers(inC[i][0])).toEqual(expected[i]);
    });
  });

  it("has a kernel that gives the reference's bytes", () => {
    const attributes = { dilations: [2, 1], strides: [1, 2], pads: [1, 0, 2, 1] };
    const nodes: readonly NodeCase[] = [
      { op: "Col2Im", inputs: [counting("int8", [2, 18, 24]), int64s(5, 8), int64s(2, 3)], attributes },
      { op: "Col2Im", inputs: [counting("float32", [1, 12, 24]), int64s(5, 8), int64s(2, 3)], attributes },
    ];
    const inC = runAsC(all, nodes);
    expect(inC.map(bits)).toEqual(nodes.map((node) => bits(runReference(all, node))));
  });

  it("refuses shapes that do not fit", () => {
    const wrong = (attributes: object): NodeCase => ({ ...overlap, attributes: { ...attributes } });
    expect(() => prepare(all, wrong({}))).toThrow(/does not fit blocks/);
    expect(() => prepare(all, wrong({ strides: [0] }))).toThrow(/positive/);
    expect(() => prepare(all, { ...overlap, inputs: [overlap.inputs[0], int64s(8), int64s(0)] })).toThrow(
      /positive/,
    );
    expect(() => prepare(all, { ...overlap, runtime: [0, 1] })).toThrow(/must be a constant/);
  });
});
