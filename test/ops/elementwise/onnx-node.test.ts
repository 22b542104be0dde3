import { describe, expect, it } from "vitest";
import { type Tensor, toNumbers } from "../../../src/ir/tensor.js";
import { bits, loadFamily, onnxNodeTests, runAsC, runReference } from "../node-case.js";

const all = await loadFamily("elementwise");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

/** ONNX's own tolerance for its node tests; integers must be the same. */
function worst(got: Tensor, expected: Tensor): number {
  expect({ dtype: got.dtype, shape: [...got.shape] }).toEqual({
    dtype: expected.dtype,
    shape: [...expected.shape],
  });
  const [a, b] = [toNumbers(got), toNumbers(expected)];
  const limit = (v: number) => (got.dtype === "float32" ? 1e-7 + 1e-3 * Math.abs(v) : 0);
  const bad = b.findIndex((v, i) => !Object.is(a[i] + 0, v + 0) && !(Math.abs(a[i] - v) <= limit(v)));
  return bad;
}

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it("are there for every type and operator", () => expect(cases.length).toBeGreaterThan(200));

  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    const results = runReference(all, node);
    for (const [i, value] of expected.entries()) expect(worst(results[i], value)).toBe(-1);
  });

  it("kernels give the reference's bytes", () => {
    const nodes = cases.map(({ node }) => ({ ...node, runtime: node.inputs.map((_, i) => i) }));
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      expect({ name: cases[i].name, got: bits(got[i].slice(0, node.outputs)) }).toEqual({
        name: cases[i].name,
        got: bits(runReference(all, node).slice(0, node.outputs)),
      });
    });
  });
});
