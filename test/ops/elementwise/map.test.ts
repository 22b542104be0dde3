import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import { numel, type Shape, type Tensor, tensor, zeros } from "../../../src/ir/tensor.js";
import { type FunctionName, scalarFunctions } from "../../../src/ops/elementwise/functions.js";
import { lookupName } from "../../../src/ops/elementwise/lookup.js";
import { type MapAttributes, mapName, type Step } from "../../../src/ops/elementwise/map.js";
import { kernels } from "../../../src/ops/elementwise/scalar.js";
import { type KernelCase, runKernels } from "../kernel-harness.js";
import { bits, loadFamily, type NodeCase, runAsC, runReference } from "../node-case.js";

const all = await loadFamily("elementwise", "quantization");
const [mapKernel, lookupKernel] = kernels;

/** Pseudo-random values of a type with the edges of its range among them. */
function sample(dtype: DType, shape: Shape, seed: number): Tensor {
  const { min, max, kind } = dtypeInfo[dtype];
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  if (dtype === "int64" || dtype === "uint64") {
    const edges = dtype === "int64" ? [-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n] : [2n ** 64n - 1n, 0n, 1n];
    const values = Array.from({ length: numel(shape) }, (_, i) =>
      i % 5 === 0 ? edges[(i / 5) % edges.length] : BigInt(Math.floor((next() - 0.4) * 2 ** 40)),
    );
    const fits = values.map((v) => (dtype === "uint64" ? BigInt.asUintN(64, v) : v));
    return tensor(dtype, shape, fits);
  }
  const edges = kind === "float" ? [NaN, Infinity, -Infinity, -0, 1e-40, 0.5, -2.5] : [min, max, 0, 1];
  return tensor(
    dtype,
    shape,
    Array.from({ length: numel(shape) }, (_, i) => {
      if (i % 3 === 0) return edges[(i / 3) % edges.length];
      if (kind === "bool") return Math.round(next());
      if (kind === "float") return (next() - 0.5) * 10 ** (next() * 6 - 2);
      return next() < 0.5
        ? Math.floor(next() * 9) + Math.max(min, -4)
        : Math.floor(min + next() * (max - min));
    }),
  );
}

const types: readonly DType[] = [
  ...(["float32", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const),
];

/** The kernel's outputs are the bytes of the TypeScript reference of `vcgen.Map`. */
function expectSame(tests: readonly KernelCase[]): void {
  const got = runKernels(tests);
  tests.forEach((test, i) => {
    const expected = all.references[test.op](test.inputs, test.attrs, 1);
    const about = JSON.stringify((test.attrs as MapAttributes).steps?.map((s) => [s.fn, s.dtype]));
    expect([about, bits(got[i])]).toEqual([about, bits(expected)]);
  });
}

function mapCase(inputs: readonly Tensor[], steps: readonly Step[], inPlace?: number): KernelCase {
  const attrs: MapAttributes = { steps };
  const definition = all.ops.find((o) => o.name === mapName)!;
  const outputs = definition.infer(
    inputs.map(({ dtype, shape }) => ({ dtype, shape })),
    attrs,
    1,
  );
  return {
    kernel: mapKernel,
    op: mapName,
    inputs,
    attrs,
    outputs,
    ...(inPlace === undefined ? {} : { inPlace }),
  };
}

describe("vcgen.Map", () => {
  it("has every function for every type it is there for", () => {
    const tests = Object.entries(scalarFunctions).flatMap(([name, fn]): KernelCase[] => {
      const step = (dtype: DType): Step => ({
        fn: name as FunctionName,
        operands: Array.from({ length: fn.operands }, (_, input) => ({ input })),
        dtype,
      });
      const two = (dtype: DType) => [sample(dtype, [70], 1), sample(dtype, [70], 99)];
      const accepted = [...types, "bool" as const].filter((dtype) => fn.accepts(dtype));
      switch (fn.signature) {
        case "same":
          return accepted.map((dtype) => mapCase(two(dtype).slice(0, fn.operands), [step(dtype)]));
        case "compare":
          return accepted.map((dtype) => mapCase(two(dtype), [step("bool")]));
        case "select":
          return accepted.map((dtype) => mapCase([sample("bool", [70], 5), ...two(dtype)], [step(dtype)]));
        case "convert":
          return accepted.flatMap((from) =>
            accepted.map((to) => mapCase([sample(from, [70], 3)], [step(to)])),
          );
        default:
          return (["int8", "uint8", "int16", "uint16"] as const).map((to) =>
            mapCase([sample("float32", [70], 1), sample(to, [70], 2)], [step(to)]),
          );
      }
    });
    expect(tests.length).toBeGreaterThan(200);
    expectSame(tests);
  });

  it("broadcasts in any pattern", () => {
    const shapes: readonly (readonly [Shape, Shape])[] = [
      [[2, 3, 4, 5], [5]],
      [
        [2, 3, 4, 5],
        [3, 1, 1],
      ],
      [
        [2, 3, 4, 5],
        [2, 1, 4, 1],
      ],
      [
        [4, 1, 5],
        [3, 1],
      ],
      [[1], [2, 1, 3]],
      [[], [2, 2]],
      [[], []],
      [
        [7, 1, 1],
        [1, 1, 1],
      ],
      [[2, 0, 3], [3]],
    ];
    const add: Step = { fn: "Sub", operands: [{ input: 0 }, { input: 1 }], dtype: "int16" };
    expectSame(
      shapes.flatMap(([a, b]) => [
        mapCase([sample("int16", a, 1), sample("int16", b, 2)], [add]),
        mapCase([sample("int16", b, 1), sample("int16", a, 2)], [add]),
      ]),
    );
  });

  it("runs steps on steps and constants, in place too", () => {
    const constant = (dtype: DType, value: number) => ({ constant: tensor(dtype, [], [value]) });
    const steps: Step[] = [
      { fn: "Cast", operands: [{ input: 0 }], dtype: "float32" },
      { fn: "Mul", operands: [{ step: 0 }, constant("float32", 0.0173)], dtype: "float32" },
      { fn: "Tanh", operands: [{ step: 1 }], dtype: "float32" },
      { fn: "Sub", operands: [{ step: 2 }, constant("float32", -5)], dtype: "float32" },
      { fn: "Neg", operands: [constant("float32", -5)], dtype: "float32" },
      { fn: "Div", operands: [{ step: 3 }, constant("float32", Infinity)], dtype: "float32" },
      { fn: "Add", operands: [{ step: 2 }, { step: 5 }], dtype: "float32" },
      { fn: "Mul", operands: [{ step: 6 }, constant("float32", 127)], dtype: "float32" },
      { fn: "Saturate", operands: [{ step: 7 }, constant("int8", -3)], dtype: "int8" },
    ];
    const x = sample("int8", [3, 50], 7);
    expectSame([mapCase([x], steps), mapCase([x], steps, 0)]);
    const add: Step = { fn: "Add", operands: [{ input: 0 }, { input: 1 }], dtype: "int32" };
    expectSame([mapCase([sample("int32", [3], 1), sample("int32", [4, 3], 2)], [add], 1)]);
  });

  it("refuses double precision and programs that do not fit their types", () => {
    const view = mapCase(
      [sample("float32", [2], 1)],
      [{ fn: "Cast", operands: [{ input: 0 }], dtype: "float64" }],
    );
    expect(() => runKernels([view])).toThrow(/float64/);
    const wrong: Step = { fn: "Exp", operands: [{ input: 0 }], dtype: "int8" };
    expect(() => mapCase([sample("int8", [2], 1)], [wrong])).toThrow(/Exp\(int8\)/);
  });
});

describe("vcgen.Lookup", () => {
  it("finds entries by bit pattern", () => {
    const table = { dtype: "int16" as const, data: Int16Array.from({ length: 256 }, (_, i) => 3 * i - 300) };
    const x = tensor("int8", [5], [0, 1, -1, -128, 127]);
    const attrs = { table };
    const [y] = runKernels([
      { kernel: lookupKernel, op: lookupName, inputs: [x], attrs, outputs: [{ dtype: "int16", shape: [5] }] },
    ])[0];
    expect([...y.data]).toEqual([-300, -297, 465, 84, 81]);
    expect(bits(all.references[lookupName]([x], attrs, 1))).toEqual(bits([y]));
  });

  it("works in place", () => {
    const table = { dtype: "uint8" as const, data: Uint8Array.from({ length: 256 }, (_, i) => 255 - i) };
    const x = tensor("uint8", [3], [0, 9, 255]);
    const outputs = [{ dtype: "uint8" as const, shape: [3] }];
    const test = { kernel: lookupKernel, op: lookupName, inputs: [x], attrs: { table }, outputs, inPlace: 0 };
    expect([...runKernels([test])[0][0].data]).toEqual([255, 246, 0]);
  });
});

describe("nodes as C", () => {
  const floats = sample("float32", [2, 3, 40], 11);
  const activations = [
    "Relu",
    "LeakyRelu",
    "Elu",
    "Celu",
    "Selu",
    "ThresholdedRelu",
    "HardSigmoid",
    "HardSwish",
  ];
  activations.push("Gelu", "Mish", "Softplus", "Softsign", "Swish", "Reciprocal", "com.microsoft.QuickGelu");
  const cases: NodeCase[] = [
    ...activations.map((op) => ({ op, inputs: [floats] })),
    { op: "Gelu", inputs: [floats], attributes: { approximate: "tanh" } },
    { op: "PRelu", inputs: [floats, sample("float32", [3, 1], 5)] },
    { op: "com.microsoft.BiasGelu", inputs: [floats, sample("float32", [40], 5)] },
    { op: "com.microsoft.FastGelu", inputs: [floats, sample("float32", [40], 5)] },
    {
      op: "Clip",
      inputs: [floats, tensor("float32", [], [-1]), tensor("float32", [1, 1, 1, 1], [2])].slice(0, 2),
    },
    { op: "Max", inputs: [floats] },
    { op: "Mean", inputs: [floats, sample("float32", [3, 1], 5), tensor("float32", [], [3])] },
    { op: "Add", inputs: [sample("int8", [3], 1), tensor("int8", [1, 1, 1], [4])] },
    { op: "Mul", inputs: [tensor("float32", [1], [3]), floats], runtime: [1] },
    { op: "Pow", inputs: [sample("int32", [30], 1), sample("float32", [30], 2)] },
    { op: "IsInf", inputs: [floats], attributes: { detect_negative: 0, detect_positive: 0 } },
    { op: "Cast", inputs: [sample("int16", [50], 1)], attributes: { to: 22 } },
    { op: "Cast", inputs: [sample("float32", [50], 1)], attributes: { to: 21 } },
    ...(["int8", "uint8", "int16", "uint16"] as const).flatMap((dtype): NodeCase[] => [
      { op: "QuantizeLinear", inputs: [floats, tensor("float32", [], [0.031]), tensor(dtype, [], [3])] },
      {
        op: "QuantizeLinear",
        inputs: [floats, tensor("float32", [3], [0.1, 2, 0.007]), tensor(dtype, [3], [0, 5, 100])],
        runtime: [0, 1, 2],
      },
      {
        op: "DequantizeLinear",
        inputs: [sample(dtype, [2, 3, 4], 3), tensor("float32", [4], [0.1, 2, 0.007, 1]), zeros(dtype, [4])],
        attributes: { axis: 2 },
      },
      { op: "DequantizeLinear", inputs: [sample(dtype, [9], 3), tensor("float32", [1], [0.1])] },
      {
        op: "DequantizeLinear",
        inputs: [
          sample(dtype, [2, 6], 3),
          tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]),
          sample(dtype, [2, 3], 4),
        ],
        attributes: { axis: 1, block_size: 2 },
      },
    ]),
    { op: "DequantizeLinear", inputs: [sample("int32", [20], 3), tensor("float32", [], [1e-5])] },
  ];

  it("give the reference's bytes", () => {
    const got = runAsC(all, cases);
    cases.forEach((test, i) => {
      const name = `${test.op} ${JSON.stringify(test.attributes ?? {})}`;
      expect([name, bits(got[i])]).toEqual([name, bits(runReference(all, test))]);
    });
  });
});
