import { describe, expect, it } from "vitest";
import { tensor, toNumbers } from "../../../src/ir/tensor.js";
import { bits, loadFamily, type NodeCase, onnxNodeTests, runAsC, runReference } from "../node-case.js";
import { randomNumbers } from "../random.js";

/** A tensor of numbers from -1 to below 1. */
function randomTensor(shape: number[], seed: number) {
  const next = randomNumbers(seed);
  return tensor(
    "float32",
    shape,
    Array.from({ length: shape.reduce((n, x) => n * x, 1) }, () => 2 * next() - 1),
  );
}

const family = await loadFamily("recurrent");
const cases = onnxNodeTests(["RNN", "GRU", "LSTM"]);

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, { node, expected }) => {
    const outputs = runReference(family, node);
    expected.forEach((want, i) => {
      const got = outputs[outputs.length - expected.length + i];
      expect(got.shape).toEqual([...want.shape]);
      toNumbers(got).forEach((value, k) => {
        const wanted = Number(want.data[k]);
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-7 + 1e-3 * Math.abs(wanted));
      });
    });
  });
});

describe("by hand", () => {
  it("an RNN of one unit steps h = tanh(x w + h r)", () => {
    const node: NodeCase = {
      op: "RNN",
      inputs: [
        tensor("float32", [2, 1, 1], [1, 2]),
        tensor("float32", [1, 1, 1], [0.5]),
        tensor("float32", [1, 1, 1], [-1]),
      ],
    };
    const [y] = runReference(family, node);
    const first = Math.tanh(0.5);
    expect(y.data[0]).toBeCloseTo(first, 6);
    expect(y.data[1]).toBeCloseTo(Math.tanh(1 - first), 6);
  });

  it("a GRU whose update gate is shut keeps its state", () => {
    const big = 100;
    const node: NodeCase = {
      op: "GRU",
      inputs: [
        tensor("float32", [3, 1, 1], [1, 2, 3]),
        tensor("float32", [1, 3, 1], [0, 1, 1]),
        tensor("float32", [1, 3, 1], [0, 1, 1]),
        tensor("float32", [1, 6], [big, 0, 0, 0, 0, 0]),
        undefined,
        tensor("float32", [1, 1, 1], [0.25]),
      ],
      outputs: 2,
    };
    expect(runReference(family, node)[1].data[0]).toBeCloseTo(0.25, 6);
  });
});

describe("C", () => {
  const kinds = [
    ["RNN", 1],
    ["GRU", 3],
    ["LSTM", 4],
  ] as const;
  const nodes: NodeCase[] = kinds.flatMap(([op, gates], k) =>
    ["forward", "reverse", "bidirectional"].flatMap((direction, d) =>
      [0, 1].map((layout): NodeCase => {
        const [directions, time, batch, input, hidden] = [d === 2 ? 2 : 1, 4, 2, 3, 5];
        const seed = 100 * k + 10 * d + layout;
        const random = (shape: number[], salt: number) => randomTensor(shape, seed + 1000 * salt);
        const state = layout === 1 ? [batch, directions, hidden] : [directions, batch, hidden];
        return {
          op,
          inputs: [
            random(layout === 1 ? [batch, time, input] : [time, batch, input], 1),
            random([directions, gates * hidden, input], 2),
            random([directions, gates * hidden, hidden], 3),
            random([directions, 2 * gates * hidden], 4),
            layout === 1 ? undefined : tensor("int32", [batch], [4, 2]),
            random(state, 5),
            ...(op === "LSTM" ? [random(state, 6), random([directions, 3 * hidden], 7)] : []),
          ],
          attributes: {
            direction,
            layout,
            hidden_size: hidden,
            clip: 0.9,
            ...(op === "GRU" && { linear_before_reset: layout }),
          },
          outputs: op === "LSTM" ? 3 : 2,
          runtime: [0, 5],
        };
      }),
    ),
  );

  it("gives the reference's bytes", () => {
    const got = runAsC(family, nodes);
    nodes.forEach((node, i) => {
      expect({ i, y: bits(got[i]) }).toEqual({ i, y: bits(runReference(family, node)) });
    });
  });
});
