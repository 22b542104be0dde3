import { describe, expect, it } from "vitest";
import { bits, loadFamily, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const all = await loadFamily("elementwise");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it("are there for every type and operator", () => expect(cases.length).toBeGreaterThan(200));

  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    const results = runReference(all, node);
    for (const [i, value] of expected.entries())
      expect(firstBeyondTolerance(results[i], value)).toBeUndefined();
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
