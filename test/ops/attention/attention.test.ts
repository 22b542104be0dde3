import { describe, expect, it } from "vitest";
import { numel, type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { bits, int64s, loadFamily, type NodeCase, prepare, runAsC, runReference } from "../node-case.js";
import { randomNumbers } from "../random.js";

const family = await loadFamily("attention");
const floats = (shape: Shape, values: readonly number[]) => tensor("float32", shape, values);
const fill = (shape: Shape, value: number) => floats(shape, Array(numel(shape)).fill(value));

/** Keys of 0 give every key that is seen the same weight: each output is the mean of the values it sees. */
function means(attributes: Record<string, unknown>, rest: readonly (Tensor | undefined)[] = []): number[] {
  const [q, k] = [fill([1, 1, 4, 2], 1), fill([1, 1, 4, 2], 0)];
  const inputs = [q, k, floats([1, 1, 4, 1], [2, 4, 8, 16]), ...rest];
  return toNumbers(runReference(family, { op: "Attention", inputs, attributes })[0]);
}

describe("Attention gives the mean of the values that equal keys see", () => {
  it("all of them", () => expect(means({})).toEqual([7.5, 7.5, 7.5, 7.5]));
  it("causal: up to the query's own", () => {
    expect(means({ is_causal: 1 }).map((v) => v.toFixed(4))).toEqual([
      "2.0000",
      "3.0000",
      "4.6667",
      "7.5000",
    ]);
  });
  it("windows: one before to none after", () => {
    expect(means({ left_window_size: 1, right_window_size: 0 })).toEqual([2, 3, 6, 12]);
  });
  it("a length at run time", () => {
    expect(means({}, [undefined, undefined, undefined, int64s(2)])).toEqual([3, 3, 3, 3]);
  });
  it("causal with a length: the last query sits at the last key", () => {
    const lengths = [undefined, undefined, undefined, int64s(2)];
    expect(means({ is_causal: 1 }, lengths)).toEqual([0, 0, 2, 3]);
  });
  it("a bool mask, and 0 where it hides all", () => {
    const mask = tensor("bool", [4, 4], [1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(means({}, [mask])).toEqual([2, 6, 0, 12]);
  });
  it("a float mask that covers the first keys only", () => {
    expect(means({}, [floats([1, 2], [0, 0])])).toEqual([3, 3, 3, 3]);
  });
  it("past keys before the others", () => {
    const past = [fill([1, 1, 1, 2], 0), floats([1, 1, 1, 1], [6])];
    expect(means({ is_causal: 1 }, [undefined, ...past])).toEqual([4, 4, 5, 7.199999809265137]);
  });
});

describe("Attention refuses", () => {
  const q = fill([1, 2, 3, 4], 0);
  const infer = (inputs: readonly (Tensor | undefined)[], attributes = {}) =>
    prepare(family, { op: "Attention", inputs, attributes });
  it("3D operands without a number of heads", () => {
    const x = fill([1, 3, 8], 0);
    expect(() => infer([x, x, x])).toThrow("q_num_heads");
  });
  it("a mask of another shape", () => {
    expect(() => infer([q, q, q, fill([2, 3], 0)])).toThrow("attn_mask [2,3] does not broadcast");
  });
  it("a past key without values", () => {
    expect(() => infer([q, q, q, undefined, fill([1, 2, 5, 4], 0)])).toThrow("come together");
  });
  it("heads of Q that are no multiple of K's", () => {
    const k = fill([1, 3, 3, 4], 0);
    expect(() => infer([q, k, k])).toThrow("do not fit");
  });
});

describe("LinearAttention", () => {
  const ones = fill([1, 4, 1], 1);
  const values = floats([1, 4, 1], [1, 2, 3, 4]);
  const run = (update_rule: string, rest: readonly (Tensor | undefined)[] = []) => {
    const attributes = { update_rule, q_num_heads: 1, kv_num_heads: 1, scale: 1 };
    const inputs = [ones, ones, values, undefined, ...rest];
    return toNumbers(runReference(family, { op: "LinearAttention", inputs, attributes })[0]);
  };
  it("linear: the sum so far", () => expect(run("linear")).toEqual([1, 3, 6, 10]));
  it("gated: halved each step", () => {
    const got = run("gated", [fill([1, 4, 1], Math.log(0.5))]);
    for (const [i, wanted] of [1, 2.5, 4.25, 6.125].entries()) expect(got[i]).toBeCloseTo(wanted, 5);
  });
  it("delta: halfway to the value", () => {
    expect(run("delta", [undefined, fill([1, 4, 1], 0.5)])).toEqual([0.5, 1.25, 2.125, 3.0625]);
  });
  it("refuses a decay its rule does not take", () => {
    expect(() => run("linear", [ones])).toThrow("takes no decay");
  });
});

it("RotaryEmbedding turns pairs by a quarter, and leaves the rest", () => {
  const [cos, sin] = [floats([2, 1], [1, 0]), floats([2, 1], [0, 1])];
  const inputs = [floats([1, 2, 3], [1, 2, 3, 4, 5, 6]), cos, sin, tensor("int64", [1, 2], [0, 1])];
  const attributes = { num_heads: 1, rotary_embedding_dim: 2 };
  const [y] = runReference(family, { op: "RotaryEmbedding", inputs, attributes });
  expect(toNumbers(y)).toEqual([1, 2, 3, -5, 4, 6]);
});

it("CausalConvWithState weighs the steps before, and hands on the last ones", () => {
  const inputs = [
    floats([1, 1, 3], [1, 2, 3]),
    floats([1, 1, 3], [100, 10, 1]),
    floats([1], [0.5]),
    floats([1, 1, 2], [8, 9]),
  ];
  const outputs = runReference(family, { op: "CausalConvWithState", inputs, outputs: 2 });
  expect(outputs.map(toNumbers)).toEqual([
    [891.5, 912.5, 123.5],
    [2, 3],
  ]);
});

describe("C", () => {
  const random = (seed: number, shape: Shape) => {
    const next = randomNumbers(seed);
    return floats(
      shape,
      Array.from({ length: numel(shape) }, () => 4 * next() - 2),
    );
  };
  const attention = (
    attributes: Record<string, unknown>,
    rest: readonly (Tensor | undefined)[],
    outputs: number,
    rank = 4,
  ): NodeCase => {
    const shapes =
      rank === 4
        ? [
            [2, 6, 3, 4],
            [2, 2, 5, 4],
            [2, 2, 5, 7],
          ]
        : [
            [2, 3, 24],
            [2, 5, 8],
            [2, 5, 14],
          ];
    const inputs = [...shapes.map((shape, i) => random(i + 1, shape)), ...rest];
    const heads = { q_num_heads: 6, kv_num_heads: 2 };
    return { op: "Attention", inputs, attributes: { ...heads, ...attributes }, outputs };
  };
  const past = [random(4, [2, 2, 3, 4]), random(5, [2, 2, 3, 7])];
  const lengths = [undefined, undefined, undefined, int64s(-3, 99)];
  const linear = (update_rule: string, rest: readonly (Tensor | undefined)[], outputs: number): NodeCase => ({
    op: "LinearAttention",
    inputs: [random(1, [2, 4, 12]), random(2, [2, 4, 6]), random(3, [2, 4, 10]), ...rest],
    attributes: { update_rule, q_num_heads: 4, kv_num_heads: 2 },
    outputs,
  });
  const rotary = (ids: readonly number[], attributes: Record<string, unknown>): NodeCase => ({
    op: "RotaryEmbedding",
    inputs: [random(1, [1, 3, 14]), random(2, [5, 3]), random(3, [5, 3]), tensor("int64", [1, 3], ids)],
    attributes: { num_heads: 2, rotary_embedding_dim: 6, ...attributes },
  });
  const nodes: NodeCase[] = [
    attention({ is_causal: 1, softcap: 2, qk_matmul_output_mode: 0 }, [random(6, [3, 8]), ...past], 4),
    attention({ is_causal: 1, left_window_size: 1, qk_matmul_output_mode: 2 }, [undefined, ...past], 4, 3),
    attention({ left_window_size: 0, right_window_size: 1, qk_matmul_output_mode: 3 }, [], 4, 3),
    attention({ is_causal: 1 }, lengths, 1),
    attention({}, [random(7, [6, 1, 2])], 1),
    linear("linear", [], 1),
    linear("gated_delta", [undefined, random(4, [2, 4, 6]), random(5, [2, 4, 1])], 1),
    linear("delta", [random(6, [2, 2, 3, 5]), undefined, random(5, [2, 4, 2])], 2),
    rotary([4, 0, 2], { interleaved: 1 }),
    rotary([-1, 7, 2], {}),
  ];
  it("gives the reference's bytes", () => {
    const atRunTime = nodes.map((node) => ({ ...node, runtime: [...node.inputs.keys()] }));
    const got = runAsC(family, atRunTime);
    atRunTime.forEach((node, i) => {
      expect({ i, y: bits(got[i]) }).toEqual({ i, y: bits(runReference(family, node)) });
    });
  });
});
