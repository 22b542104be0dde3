import { describe, expect, it } from "vitest";
import { type Tensor, toNumbers } from "../../src/ir/tensor.js";
import { bits, loadFamily, onnxNodeTests, runAsC, runReference } from "./node-case.js";

const operators = [
  ...["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"],
  ...["AveragePool", "MaxPool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"],
];
const all = await loadFamily(
  ...["conv", "conv-transpose", "matmul", "einsum", "pool"],
  ...["transpose", "copy", "elementwise", "reduce"],
);

/** The tests' outputs come from NumPy's order of summation, some of them written with four decimals. */
function expectClose(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(
    expected.map(({ dtype, shape }) => ({ dtype, shape })),
  );
  got.forEach(({ dtype, data }, i) => {
    const want = toNumbers(expected[i]);
    const far = (value: number, at: number) =>
      Math.abs(value - want[at]) > (dtype === "float32" ? 1e-4 + 1e-5 * Math.abs(want[at]) : 0);
    const at = toNumbers(got[i]).findIndex(far);
    expect(at, at < 0 ? "" : `element ${at}: ${data[at]}, expected ${want[at]}`).toBe(-1);
  });
}

const nodeTests = onnxNodeTests(operators);

describe.skipIf(nodeTests.length === 0)("ONNX node tests", () => {
  it.each(nodeTests)("$name", ({ node, expected }) => {
    expectClose(runReference(all, node).slice(0, expected.length), expected);
  });

  it("give the reference's bytes in C", () => {
    const nodes = nodeTests.map(({ node }) => node);
    const got = runAsC(all, nodes);
    nodeTests.forEach(({ name, node }, i) => {
      expect(bits(got[i]), name).toEqual(bits(runReference(all, node).slice(0, got[i].length)));
    });
  });
});
