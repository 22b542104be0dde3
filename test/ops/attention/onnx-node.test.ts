import { describe, expect, it } from "vitest";
import type { Tensor } from "../../../src/ir/tensor.js";
import { bits, loadFamily, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const family = await loadFamily("attention");
const cases = onnxNodeTests(["Attention", "LinearAttention", "RotaryEmbedding", "CausalConvWithState"]);

/** The outputs a node has names for, where it leaves out those between the first and the last ones. */
const named = (outputs: readonly Tensor[], count: number): readonly Tensor[] =>
  count < outputs.length ? [outputs[0], ...outputs.slice(outputs.length - count + 1)] : outputs;

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, { node, expected }) => {
    const outputs = runReference(family, node);
    named(outputs, expected.length).forEach((output, i) => {
      expect(firstBeyondTolerance(output, expected[i])).toBeUndefined();
    });
  });

  it("gives the reference's bytes in C, with everything computed at run time", () => {
    const chosen = cases.filter(({ name }) => !/_(scaled|softcap|causal|attn_mask)$/.test(name));
    const nodes = chosen.map(({ node }) => ({ ...node, runtime: [...node.inputs.keys()] }));
    const got = runAsC(family, nodes);
    nodes.forEach((node, i) => {
      expect({ name: chosen[i].name, y: bits(got[i]) }).toEqual({
        name: chosen[i].name,
        y: bits(runReference(family, node)),
      });
    });
  }, 60_000);
});
