import { describe, expect, it } from "vitest";
import { type Tensor, toNumbers } from "../../src/ir/tensor.js";
import { loadFamily, onnxNodeTests, runReference } from "./node-case.js";

const operators = [
  ...["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"],
  ...["AveragePool", "MaxPool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"],
];
const all = await loadFamily("conv", "conv-transpose", "matmul", "einsum", "pool");

/** The tests' outputs come from NumPy's order of summation, some of them written with four decimals. */
function expectClose(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(
    expected.map(({ dtype, shape }) => ({ dtype, shape })),
  );
  got.forEach((output, i) => {
    const want = toNumbers(expected[i]);
    toNumbers(output).forEach((value, at) => {
      const error = Math.abs(value - want[at]);
      expect(error, `element ${at}: ${value}, expected ${want[at]}`).toBeLessThanOrEqual(
        output.dtype === "float32" ? 1e-4 + 1e-5 * Math.abs(want[at]) : 0,
      );
    });
  });
}

const nodeTests = onnxNodeTests(operators);

describe.skipIf(nodeTests.length === 0)("ONNX node tests", () => {
  it.each(nodeTests)("$name", ({ node, expected }) => {
    expectClose(runReference(all, node).slice(0, expected.length), expected);
  });
});
