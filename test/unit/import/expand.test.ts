import { readFileSync } from "node:fs";
import type { onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import { expansions } from "../../../src/1-import/expand/index.js";
import { readModel } from "../../../src/compile.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import type { DType } from "../../../src/ir/dtype.js";
import { type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import { attribute, encode, errorsOf, type ModelParts, node, type, valueInfo } from "./build-model.js";

interface RecordedTensor {
  readonly constant?: boolean;
  readonly dtype: keyof typeof type | "float32" | "float64";
  readonly shape: number[];
  readonly data: readonly (number | string)[];
}

interface Recorded {
  readonly op: string;
  readonly domain?: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (RecordedTensor | null)[];
  readonly outputs: readonly RecordedTensor[];
}

/** Nodes with the outputs that ONNX Runtime 1.30 gave. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL("recorded/expanded.json", import.meta.url), "utf8"),
);

const tensorOf = ({ dtype, shape, data }: RecordedTensor): Tensor =>
  tensor(dtype as DType, shape, data.map(Number));

const typeNumber = (dtype: string): number =>
  type[(dtype === "float32" ? "float" : dtype) as keyof typeof type];

function attributeOf(name: string, value: unknown): onnx.IAttributeProto {
  if (typeof value === "number") return attribute.int(name, value);
  if (typeof value === "string") return attribute.string(name, value);
  if (Array.isArray(value)) return attribute.ints(name, value);
  const floats = value as { float?: number; floats?: number[] };
  return floats.floats ? attribute.floats(name, floats.floats) : attribute.float(name, floats.float!);
}

function modelOf({ op, domain, opset, attributes, inputs, outputs }: Recorded): Uint8Array {
  const names = inputs.map((input, i) => (input ? `x${i}` : ""));
  const made = node(
    op,
    names,
    outputs.map((_, i) => `y${i}`),
    Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
    domain ? { domain } : {},
  );
  const parts: ModelParts = { opset, node: [made], input: [], output: [], initializer: [] };
  inputs.forEach((input, i) => {
    if (!input) return;
    const { dtype, shape } = input;
    const { data } = tensorOf(input);
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (input.constant) {
      parts.initializer!.push({ name: names[i], dataType: typeNumber(dtype), dims: shape, rawData });
    } else parts.input!.push(valueInfo(names[i], shape, typeNumber(dtype)));
  });
  outputs.forEach((_, i) => {
    parts.output!.push(valueInfo(`y${i}`, undefined, 0));
  });
  return encode(parts);
}

describe("what ONNX Runtime computes", () => {
  it.each(recorded.map((test, i) => [`${test.op} ${i}`, test] as const))("%s", (_, test) => {
    const graph = readModel(modelOf(test), {}, new Diagnostics());
    expect(graph.nodes.map((n) => n.op)).not.toContain(test.domain ? `${test.domain}.${test.op}` : test.op);
    const inputs = test.inputs.flatMap((input, i) =>
      input && !input.constant ? [[`x${i}`, tensorOf(input)] as const] : [],
    );
    const got = evaluate(graph, Object.fromEntries(inputs));
    test.outputs.forEach((wanted, i) => {
      const y = got[`y${i}`];
      expect([y.dtype, [...y.shape]]).toEqual([wanted.dtype, wanted.shape]);
      const expected = toNumbers(tensorOf(wanted));
      toNumbers(y).forEach((value, j) => {
        const error = Object.is(value, expected[j]) ? 0 : Math.abs(value - expected[j]);
        expect(error).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(expected[j]));
      });
    });
  });

  it("is recorded for every operator that it has on CPUs", () => {
    const names = new Set(recorded.map(({ op, domain }) => (domain ? `${domain}.${op}` : op)));
    const missing = [...expansions.keys()].filter((name) => !names.has(name));
    // The channels-last ones, whose names stay, are in ../quantize/onnxruntime.test.ts.
    const channelsLast = ["QLinearConv", "QLinearAveragePool", "QLinearGlobalAveragePool"];
    const expected = [...channelsLast, "GroupNorm", "SkipGroupNorm"];
    expect(missing).toEqual(expected.map((name) => `com.microsoft.${name}`));
  });
});

describe("GroupNorm and SkipGroupNorm", () => {
  // Two groups of two channels: each group's four elements are normalized, times gamma, plus beta.
  const run = (
    op: string,
    more: Partial<ModelParts>,
    inputs: string[],
    attributes: onnx.IAttributeProto[],
  ) => {
    const ms = { domain: "com.microsoft" };
    const outputs = op === "GroupNorm" ? ["y"] : ["y", "sum"];
    const made = node(op, ["x", ...inputs], outputs, [attribute.int("groups", 2), ...attributes], ms);
    const bytes = encode({
      input: [valueInfo("x", [1, 2, 1, 4])],
      output: outputs.map((name) => valueInfo(name, undefined)),
      node: [made],
      ...more,
    });
    const x = tensor("float32", [1, 2, 1, 4], [1, 3, 10, 10, 3, 1, 20, 20]);
    return evaluate(readModel(bytes, {}, new Diagnostics()), { x });
  };
  const gamma = { name: "gamma", dataType: type.float, dims: [4], floatData: [1, 2, 1, 1] };
  const beta = { name: "beta", dataType: type.float, dims: [4], floatData: [0, 0, 0, 5] };
  const epsilon = attribute.float("epsilon", 0);

  it("normalize groups of channels", () => {
    const y = toNumbers(run("GroupNorm", { initializer: [gamma, beta] }, ["gamma", "beta"], [epsilon]).y);
    const wanted = [-1, 2, -1, 4, 1, -2, 1, 6];
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 5);
    });
    const active = run(
      "GroupNorm",
      { initializer: [gamma, beta] },
      ["gamma", "beta"],
      [epsilon, attribute.int("activation", 1)],
    );
    toNumbers(active.y).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] / (1 + Math.exp(-wanted[i])), 5);
    });
  });

  it("add a tensor first, and give the sum", () => {
    const skip = { name: "skip", dataType: type.float, dims: [1, 4], floatData: [1, 1, 0, 0] };
    const bias = { name: "bias", dataType: type.float, dims: [4], floatData: [5, 5, 1, 1] };
    const initializer = [gamma, beta, skip, bias];
    const got = run("SkipGroupNorm", { initializer }, ["gamma", "beta", "skip", "bias"], [epsilon]);
    expect(toNumbers(got.sum)).toEqual([7, 9, 11, 11, 9, 7, 21, 21]);
    [-1, 2, -1, 4, 1, -2, 1, 6].forEach((wanted, i) => {
      expect(toNumbers(got.y)[i]).toBeCloseTo(wanted, 5);
    });
  });
});

describe("what is not supported is refused", () => {
  const ms = { domain: "com.microsoft" };
  const x = (dims: number[]): Partial<ModelParts> => ({
    input: [valueInfo("x", dims)],
    output: [valueInfo("y", undefined)],
  });
  const heads = attribute.int("num_heads", 2);
  const given: readonly [string, ModelParts, RegExp][] = [
    [
      "unknown attributes",
      {
        ...x([1, 2, 4]),
        node: [node("MultiHeadAttention", ["x", "x", "x"], ["y"], [heads, attribute.int("z", 1)], ms)],
      },
      /attribute "z" is not supported/,
    ],
    [
      "masks of other shapes",
      {
        ...x([2, 2, 4]),
        initializer: [{ name: "m", dataType: type.int32, dims: [8], int32Data: [1, 2, 3, 4, 5, 6, 7, 8] }],
        node: [node("MultiHeadAttention", ["x", "x", "x", "", "m"], ["y"], [heads], ms)],
      },
      /mask of shape \[8\]/,
    ],
    [
      "unknown activations",
      {
        ...x([2, 2]),
        node: [node("FusedGemm", ["x", "x"], ["y"], [attribute.string("activation", "Sine")], ms)],
      },
      /activation "Sine"/,
    ],
    [
      "operands that do not fit, with the operator inside",
      { ...x([1, 2, 5]), node: [node("MultiHeadAttention", ["x", "x", "x"], ["y"], [heads], ms)] },
      /Attention.*2 heads/,
    ],
    [
      "operators of a newer opset",
      { ...x([2]), opset: 8, node: [node("Shrink", ["x"], ["y"])] },
      /opset 8 is not supported; 9 to 28/,
    ],
  ];

  it.each(given)("%s", (_, model, message) => {
    const [error] = errorsOf(model);
    expect(error.message).toMatch(message);
    expect(error.origin).toBe("make_y");
  });
});
