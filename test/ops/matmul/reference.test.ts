import { describe, expect, it } from "vitest";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { loadFamily, runReference } from "../node-case.js";

const all = await loadFamily("matmul");

const float = (shape: Shape, ...values: number[]): Tensor => tensor("float32", shape, values);
const matmul = (...inputs: Tensor[]): Tensor => runReference(all, { op: "MatMul", inputs })[0];
const gemm = (inputs: readonly Tensor[], attributes: Record<string, unknown> = {}, opset?: number): Tensor =>
  runReference(all, { op: "Gemm", inputs, attributes, opset })[0];

const a = float([2, 3], 1, 2, 3, 4, 5, 6);
const b = float([3, 2], 1, 0, 0, 1, 10, 100);

describe("MatMul", () => {
  it("multiplies matrices and vectors", () => {
    expect(matmul(a, b)).toEqual(float([2, 2], 31, 302, 64, 605));
    expect(matmul(float([3], 1, 2, 3), b)).toEqual(float([2], 31, 302));
    expect(matmul(a, float([3], 1, 1, 1))).toEqual(float([2], 6, 15));
    expect(matmul(float([2], 1, 2), float([2], 3, 4))).toEqual(float([], 11));
  });

  it("broadcasts batches", () => {
    const left = float([2, 1, 1, 2], 1, 2, 3, 4);
    const right = float([2, 2, 1], 1, 0, 0, 1);
    expect(matmul(left, right)).toEqual(float([2, 2, 1, 1], 1, 2, 3, 4));
  });

  it("sums in order", () => {
    const large = 2 ** 24;
    expect(matmul(float([3], large, 1, 1), float([3], 1, 1, 1)).data[0]).toBe(large);
    expect(matmul(float([3], 1, 1, large), float([3], 1, 1, 1)).data[0]).toBe(large + 2);
  });

  it.each([
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 2, 3],
      [3, 3, 1],
    ],
    [[], [1]],
  ])("refuses [%j] times [%j]", (left, right) => {
    const filled = (shape: number[]) => float(shape, ...new Array(shape.reduce((n, d) => n * d, 1)).fill(1));
    expect(() => matmul(filled(left), filled(right))).toThrow(/cannot multiply/);
  });
});

describe("Gemm", () => {
  it("transposes, scales and adds", () => {
    expect(gemm([a, b])).toEqual(float([2, 2], 31, 302, 64, 605));
    expect(gemm([b, a], { transA: 1, transB: 1 })).toEqual(float([2, 2], 31, 64, 302, 605));
    expect(gemm([a, b, float([2], 1, 2)], { alpha: 2, beta: 10 })).toEqual(float([2, 2], 72, 624, 138, 1230));
  });

  it("broadcasts C", () => {
    expect(gemm([a, b, float([2, 1], 1, 2)])).toEqual(float([2, 2], 32, 303, 66, 607));
    expect(gemm([a, b, float([], 1)], { broadcast: 1 }, 6)).toEqual(float([2, 2], 32, 303, 65, 606));
  });

  it("rounds the scaled sum before adding", () => {
    // fround(0.1) * 3 is not a float32; without its rounding the sum with -0.3 would differ.
    const [third, minus] = [Math.fround(Math.fround(0.1) * 3), Math.fround(-0.3)];
    const y = gemm([float([1, 1], 3), float([1, 1], 1), float([1], minus)], { alpha: 0.1 });
    expect(y.data[0]).toBe(Math.fround(third + minus));
  });

  it("refuses what is no matrix or does not broadcast", () => {
    expect(() => gemm([float([1], 1), b])).toThrow(/needs matrices/);
    expect(() => gemm([a, b, float([3], 1, 2, 3)])).toThrow(/does not broadcast to \[2,2\]/);
  });
});
