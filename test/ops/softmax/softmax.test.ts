import { describe, expect, it } from "vitest";
import { numel, type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { kernels } from "../../../src/ops/softmax/scalar.js";
import { runKernel } from "../kernel-harness.js";
import { bits, loadFamily, type NodeCase, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const all = await loadFamily("softmax");
const names = ["Softmax", "LogSoftmax", "Hardmax"];
const cases = onnxNodeTests(names);

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    expect(firstBeyondTolerance(runReference(all, node)[0], expected[0])).toBeUndefined();
  });
});

function wave(shape: Shape): Tensor {
  const values = Array.from({ length: numel(shape) }, (_, i) => 5 * Math.sin(1.7 * i * i));
  return tensor("float32", shape, values);
}

const nodes: NodeCase[] = [
  ...cases.map(({ node }) => node),
  ...names.flatMap((op) => [
    ...[0, 1, 2, -1].map((axis) => ({ op, inputs: [wave([2, 3, 5])], attributes: { axis } })),
    { op, inputs: [wave([2, 3, 5])], attributes: {}, opset: 11 },
    { op, inputs: [wave([2, 3, 1, 4])], attributes: { axis: 0 }, opset: 9 },
    { op, inputs: [wave([3, 1])] },
    { op, inputs: [wave([0, 4])] },
    { op, inputs: [tensor("float32", [3, 2], [-Infinity, 1, Infinity, 2, NaN, 3])] },
  ]),
];

describe("kernels", () => {
  it("give the reference's bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      const name = `${node.op}[${node.inputs[0]?.shape}] ${JSON.stringify(node.attributes ?? {})}`;
      expect([name, bits(got[i])]).toEqual([name, bits(runReference(all, node))]);
    });
  });

  it("work in place", () => {
    const x = wave([4, 6]);
    for (const kind of names) {
      const test = { op: "vcgen.Softmax", inputs: [x], attrs: { kind, axes: [1] }, outputs: [x] };
      const got = runKernel({ ...test, kernel: kernels[0], inPlace: 0 });
      expect(bits(got)).toEqual(bits(all.references["vcgen.Softmax"]([x], test.attrs, 1)));
    }
  });
});

describe("values worked out by hand", () => {
  const run = (op: string, more: Partial<NodeCase>): number[] => {
    const x = tensor("float32", [2, 2, 2], [0, 0, 0, Math.log(5), 1, 1, 1, 1]);
    return toNumbers(runReference(all, { op, inputs: [x], ...more })[0]);
  };

  it("on the last axis", () => {
    expect(run("Softmax", {}).map((v) => v.toFixed(4))).toEqual([
      ...["0.5000", "0.5000", "0.1667", "0.8333"],
      ...["0.5000", "0.5000", "0.5000", "0.5000"],
    ]);
  });

  it("on all axes from the second on before opset 13", () => {
    expect(run("Softmax", { opset: 12 }).map((v) => v.toFixed(4))).toEqual([
      ...["0.1250", "0.1250", "0.1250", "0.6250"],
      ...["0.2500", "0.2500", "0.2500", "0.2500"],
    ]);
    expect(run("Hardmax", { opset: 12 })).toEqual([0, 0, 0, 1, 1, 0, 0, 0]);
  });
});
