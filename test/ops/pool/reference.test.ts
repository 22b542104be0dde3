import { describe, expect, it } from "vitest";
import { type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { loadFamily, runReference } from "../node-case.js";

const all = await loadFamily("pool");

const float = (shape: Shape, ...values: number[]): Tensor => tensor("float32", shape, values);
const pool = (op: string, x: Tensor, attributes: Record<string, unknown> = {}, outputs = 1): Tensor[] =>
  runReference(all, { op, inputs: [x], attributes, outputs }).slice(0, outputs);

const line = float([1, 1, 5], 1, 2, 30, 4, 5);
const values = (op: string, attributes: Record<string, unknown>, x = line): number[] =>
  toNumbers(pool(op, x, attributes)[0]);

describe("AveragePool", () => {
  it("averages what is inside the input, or counts the padding", () => {
    expect(values("AveragePool", { kernel_shape: [3] })).toEqual([11, 12, 13]);
    expect(values("AveragePool", { kernel_shape: [2], pads: [1, 1], strides: [2] })).toEqual([1, 16, 4.5]);
    const counted = { kernel_shape: [2], pads: [1, 1], strides: [2], count_include_pad: 1 };
    expect(values("AveragePool", counted)).toEqual([0.5, 16, 4.5]);
  });

  it("ceil_mode adds a window that is partly outside, and never counts what lies beyond the padding", () => {
    const attributes = { kernel_shape: [2], strides: [2], ceil_mode: 1 };
    expect(values("AveragePool", attributes)).toEqual([1.5, 17, 5]);
    expect(values("AveragePool", { ...attributes, count_include_pad: 1 })).toEqual([1.5, 17, 5]);
    // A window that would start in the end padding is left out.
    expect(values("AveragePool", { kernel_shape: [1], strides: [3], pads: [0, 1], ceil_mode: 1 })).toEqual([
      1, 4,
    ]);
  });

  it("dilates and pads to the same size", () => {
    expect(values("AveragePool", { kernel_shape: [2], dilations: [3] })).toEqual([2.5, 3.5]);
    expect(values("AveragePool", { kernel_shape: [2], auto_pad: "SAME_LOWER" })).toEqual([
      1, 1.5, 16, 17, 4.5,
    ]);
  });
});

describe("MaxPool", () => {
  it("takes the largest, padding never", () => {
    const negative = float([1, 1, 3], -3, -2, -1);
    expect(values("MaxPool", { kernel_shape: [2], pads: [1, 0] }, negative)).toEqual([-3, -2, -1]);
  });

  it("takes int8 and uint8", () => {
    const x = tensor("int8", [1, 1, 4], [-128, -5, -7, 127]);
    expect(pool("MaxPool", x, { kernel_shape: [2] })).toEqual([tensor("int8", [1, 1, 3], [-5, -5, 127])]);
    const wide = tensor("int16", [1, 1, 2], [1, 2]);
    expect(() => pool("MaxPool", wide, { kernel_shape: [2] })).toThrow("MaxPool of int16 is not supported");
  });

  it("gives the place of the first largest in the whole tensor, by rows or by columns", () => {
    const x = float([1, 2, 2, 3], 1, 9, 9, 4, 5, 6, 7, 7, 7, 7, 7, 8);
    const attributes = { kernel_shape: [2, 2] };
    const [y, rows] = pool("MaxPool", x, attributes, 2);
    expect(toNumbers(y)).toEqual([9, 9, 7, 8]);
    expect(rows).toEqual(tensor("int64", [1, 2, 1, 2], [1, 1, 6, 11]));
    const [, columns] = pool("MaxPool", x, { ...attributes, storage_order: 1 }, 2);
    expect(toNumbers(columns)).toEqual([2, 2, 6, 11]);
  });
});

describe("LpPool", () => {
  it("is the 1- or 2-norm", () => {
    const x = float([1, 1, 3], 3, -4, 12);
    expect(values("LpPool", { kernel_shape: [2], p: 1 }, x)).toEqual([7, 16]);
    expect(values("LpPool", { kernel_shape: [2] }, x)).toEqual([5, Math.fround(Math.sqrt(160))]);
    expect(() => values("LpPool", { kernel_shape: [2], p: 3 }, x)).toThrow(/"p" is 3; supported: 1, 2/);
  });
});

describe("global pools", () => {
  it("reduce every channel to one value", () => {
    const x = float([1, 2, 1, 2], 3, -4, 5, 12);
    expect(pool("GlobalAveragePool", x)).toEqual([float([1, 2, 1, 1], -0.5, 8.5)]);
    expect(pool("GlobalMaxPool", x)).toEqual([float([1, 2, 1, 1], 3, 12)]);
    expect(pool("GlobalLpPool", x)).toEqual([float([1, 2, 1, 1], 5, 13)]);
  });
});

describe("windows", () => {
  it.each([
    [{ kernel_shape: [2, 2] }, /kernel shape \[2,2\] does not fit 1/],
    [{ kernel_shape: [6] }, /larger than x/],
    [{}, /"kernel_shape" must be a list/],
    [{ kernel_shape: [2], pads: [0, -1] }, /negative pads/],
  ])("refuses %j", (attributes, message) => {
    expect(() => values("AveragePool", attributes)).toThrow(message);
  });

  it("refuses what has no or too many spatial dimensions", () => {
    const attributes = { kernel_shape: [] };
    expect(() => values("MaxPool", attributes, float([1, 2], 1, 2))).toThrow(/1 to 3 spatial/);
    expect(() => values("MaxPool", attributes, float([1, 1, 1, 1, 1, 1], 1))).toThrow(/1 to 3 spatial/);
  });
});
