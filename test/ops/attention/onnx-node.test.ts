import { describe, expect, it } from "vitest";
import { bits, loadFamily, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const family = await loadFamily("attention");
const cases = onnxNodeTests(["Attention", "LinearAttention", "RotaryEmbedding", "CausalConvWithState"]);

/** Outputs that the graph has: a node of ONNX's tests may leave out those in between. */
const present = (count: number, kept: number): number[] =>
  kept === count
    ? [...Array(count).keys()]
    : [0, ...Array(kept - 1).keys()].map((i, k) => (k === 0 ? 0 : count - kept + 1 + i));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, { node, expected }) => {
    const outputs = runReference(family, node);
    present(outputs.length, expected.length).forEach((index, i) => {
      expect(firstBeyondTolerance(outputs[index], expected[i])).toBeUndefined();
    });
  });

  it("gives the reference's bytes in C, with everything computed at run time", () => {
    const nodes = cases.map(({ node }) => ({ ...node, runtime: [...node.inputs.keys()] }));
    const got = runAsC(family, nodes);
    nodes.forEach((node, i) => {
      expect({ name: cases[i].name, y: bits(got[i]) }).toEqual({
        name: cases[i].name,
        y: bits(runReference(family, node)),
      });
    });
  }, 60_000);
});
