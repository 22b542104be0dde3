import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import type { Tensor } from "../../../src/ir/tensor.js";
import { asConvolutions } from "../../../src/ops/conv-transpose/as-convolutions.js";
import { references } from "../../../src/ops/conv-transpose/reference.js";
import { buildConvTranspose } from "../../../src/ops/conv-transpose/to-kernel.js";
import type { LegalizeBuilder } from "../../../src/ops/legalize.js";
import { references as allReferences, opRegistry } from "../../../src/ops/registry.js";
import { randomOutput } from "../conv/random-output.js";
import { bits } from "../node-case.js";
import { Random } from "../random.js";

/** Runs every node with its reference as it is added, after checking the type its operator infers. */
class Evaluator implements LegalizeBuilder {
  readonly values = new Map<string, Tensor>();
  readonly ops: string[] = [];

  node(op: string, inputs: readonly string[], output: Pick<Tensor, "dtype" | "shape">, attrs = {}): string {
    const operands = inputs.map((name) => this.values.get(name)!);
    const inferred = op === "vcgen.View" ? output : opRegistry.get(op)!.infer(operands, attrs, 1)[0]!;
    expect({ dtype: inferred.dtype, shape: [...inferred.shape] }).toEqual({
      dtype: output.dtype,
      shape: [...output.shape],
    });
    const [result] = op === "vcgen.View" ? operands : allReferences.get(op)!(operands, attrs, 1);
    this.ops.push(op);
    return this.constant("", { ...result, shape: output.shape });
  }

  nodes(): never {
    throw new Error("not expected");
  }

  constant(_: string, tensor: Tensor): string {
    const name = `v${this.values.size}`;
    this.values.set(name, tensor);
    return name;
  }

  refuse(message: string): never {
    throw new Error(message);
  }
}

interface Options {
  readonly rank: number;
  readonly group?: boolean;
  readonly dtype: DType;
}

function randomCase(random: Random, { rank, group, dtype }: Options) {
  const groups = group ? random.int(2, 4) : 1;
  const [depth, outputs] = [random.int(1, 20), random.int(1, 3)];
  const strides = random.list(rank, 1, 4);
  const float = dtype === "float32";
  const kernel = strides.map((s) => (float ? s : random.next() < 0.4 ? 2 * s : random.int(1, 7)));
  const padsBegin = kernel.map((k) => random.int(0, random.next() < 0.5 ? 0 : k));
  const spatial = random.list(rank, 1, 5);
  const outputSpatial = spatial.map((n, i) =>
    Math.max(1, (n - 1) * strides[i] + kernel[i] - padsBegin[i] + random.int(-4, 3)),
  );
  const channels = outputs * groups;
  const zeroPoint = (type: DType) => (float ? 0 : random.int(dtypeInfo[type].min, dtypeInfo[type].max));
  const x = random.tensor(dtype, [random.int(1, 2), ...spatial, depth * groups]);
  if (float) x.data.set([Number.NaN, Infinity, -0].slice(0, x.data.length) as never);
  const weights = random.tensor(float ? "float32" : "int8", [channels, ...kernel, depth]);
  const bias = random.next() < 0.7 ? random.tensor(float ? "float32" : "int32", [channels]) : undefined;
  const kind = float ? "float32" : random.pick(["requantize", "int32"] as const);
  const attrs = {
    strides,
    dilations: strides.map(() => 1),
    padsBegin,
    outputSpatial,
    group: groups,
    xZeroPoint: zeroPoint(dtype),
    wZeroPoints: Array.from({ length: random.pick([1, channels]) }, () => zeroPoint(weights.dtype)),
    output: randomOutput(random, kind, channels, depth * 4),
  };
  return { x, weights, bias, attrs };
}

it("takes the zero point of each output channel off weights [C, OC, ...kernel]", () => {
  const build = new Evaluator();
  const info = { dtype: "int8", shape: [1, 3, 1] } as const;
  const y = buildConvTranspose(build, {
    x: { name: build.constant("x", { ...info, data: Int8Array.of(1, 2, 3) }), info },
    weights: { dtype: "int8", shape: [3, 2, 1], data: Int8Array.of(6, -5, 7, -4, 8, -3) },
    window: { strides: [1], dilations: [1], padsBegin: [0], outputSpatial: [1] },
    group: 1,
    xZeroPoint: 0,
    wZeroPoints: [5, -7],
    output: { kind: "int32" },
  });
  // 1 * 1 + 2 * 2 + 3 * 3 and 1 * 2 + 2 * 3 + 3 * 4.
  expect(build.values.get(y)).toEqual({ dtype: "int32", shape: [1, 2, 1], data: Int32Array.of(14, 20) });
});

describe("a transposed convolution as convolutions", () => {
  it.each<[string, Options & { least: number }]>([
    ["1-D", { rank: 1, dtype: "int8", least: 120 }],
    ["1-D of uint8, grouped", { rank: 1, dtype: "uint8", group: true, least: 60 }],
    ["2-D", { rank: 2, dtype: "int8", least: 90 }],
    ["2-D, grouped", { rank: 2, dtype: "int16", group: true, least: 20 }],
    ["1-D of float32 with a tap for each phase", { rank: 1, dtype: "float32", least: 50 }],
  ])("%s: has the outputs of the reference", (_, { least, ...options }) => {
    const random = new Random(options.rank);
    const ways = new Set<string>();
    let found = 0;
    for (let i = 0; i < 200; i++) {
      const { x, weights, bias, attrs } = randomCase(random, options);
      const build = new Evaluator();
      const name = build.constant("x", x);
      const y = asConvolutions(build, { x: { name, info: x }, weights, bias, attrs });
      if (y === undefined) continue;
      found++;
      const convolutions = build.ops.filter((op) => op === "vcgen.Conv").length;
      ways.add(convolutions > 1 ? "several" : "one");
      const expected = references["vcgen.ConvTranspose"]([x, weights, bias], attrs, 1);
      const about = JSON.stringify({ x: x.shape, w: weights.shape, ...attrs });
      expect(bits([build.values.get(y)!]), about).toEqual(bits(expected));
    }
    expect(found).toBeGreaterThan(least);
    if (options.dtype !== "float32") expect([...ways].sort()).toEqual(["one", "several"]);
  });

  it("takes the blocks that need fewest products: kernel 2s, pads s/2 have two taps and half a block cropped", () => {
    const random = new Random(3);
    const x = random.tensor("int8", [1, 32, 8]);
    const weights = random.tensor("int8", [4, 16, 8]);
    const attrs = {
      ...{ strides: [8], dilations: [1], padsBegin: [4], outputSpatial: [256], group: 1, xZeroPoint: 3 },
      ...{ wZeroPoints: [0], output: { kind: "int32" } as const },
    };
    const build = new Evaluator();
    asConvolutions(build, { x: { name: build.constant("x", x), info: x }, weights, attrs });
    expect(build.ops).toEqual(["vcgen.Conv", "vcgen.View", "vcgen.View", "vcgen.Copy"]);
    expect([...build.values.values()].map(({ shape }) => shape)).toContainEqual([1, 33, 32]);
    expect([...build.values.values()].map(({ shape }) => shape)).toContainEqual([32, 2, 8]);
  });

  it.each([
    ["dilation", { dilations: [2] }],
    ["a stride beyond the kernel", { strides: [4] }],
  ])("leaves %s alone", (_, change) => {
    const random = new Random(4);
    const x = random.tensor("int8", [1, 4, 2]);
    const weights = random.tensor("int8", [2, 3, 2]);
    const attrs = {
      ...{ strides: [2], dilations: [1], padsBegin: [0], outputSpatial: [9], group: 1, xZeroPoint: 0 },
      ...{ wZeroPoints: [0], output: { kind: "int32" } as const, ...change },
    };
    const build = new Evaluator();
    expect(
      asConvolutions(build, { x: { name: build.constant("x", x), info: x }, weights, attrs }),
    ).toBeUndefined();
  });
});
