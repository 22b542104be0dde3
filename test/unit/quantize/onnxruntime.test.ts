// Outputs recorded from ONNX Runtime 1.30 on x86-64 with VNNI, for graphs whose fusion or arithmetic is easily got wrong.
import { describe, expect, it } from "vitest";
import { tensor } from "../../../src/ir/tensor.js";
import { attribute, floats, ints, type ModelParts, node, type, valueInfo } from "../import/build-model.js";
import { runModel } from "./run-model.js";

/** Constants for a scale and a zero point, `<name>_s` and `<name>_z`. */
const parameters = (name: string, scale: number, dataType: number, zeroPoint: number) => [
  floats(`${name}_s`, [], [scale]),
  ints(`${name}_z`, dataType, [], [zeroPoint]),
];
const quantize = (x: string, like: string, y: string) =>
  node("QuantizeLinear", [x, `${like}_s`, `${like}_z`], [y]);
const dequantize = (x: string, like: string, y: string) =>
  node("DequantizeLinear", [x, `${like}_s`, `${like}_z`], [y]);

/** x float32 -> Q -> DQ -> nodes from "a" to "b" -> Q -> y. */
function between(
  nodes: ModelParts["node"],
  shape: number[],
  dataType: number,
  [from, to]: readonly [readonly [number, number], readonly [number, number]],
  more: Partial<ModelParts> = {},
): ModelParts {
  const { initializer, ...rest } = more;
  return {
    name: "g",
    input: [valueInfo("x", shape)],
    output: [valueInfo("y", undefined, dataType)],
    initializer: [
      ...parameters("in", from[0], dataType, from[1]),
      ...parameters("out", to[0], dataType, to[1]),
      ...(initializer ?? []),
    ],
    node: [quantize("x", "in", "q"), dequantize("q", "in", "a"), ...(nodes ?? []), quantize("b", "out", "y")],
    ...rest,
  };
}

describe("Softmax", () => {
  const softmax = [node("Softmax", ["a"], ["b"])];

  it("before opset 13 runs over all axes from 1", () => {
    const x = tensor("float32", [1, 2, 3], [0.1, 0.9, 1.7, -0.4, 2.2, 0.3]);
    const model = between(
      softmax,
      [1, 2, 3],
      type.uint8,
      [
        [0.02, 100],
        [1 / 256, 0],
      ],
      { opset: 11 },
    );
    expect(runModel(model, { x })).toEqual({ y: [14, 31, 70, 9, 115, 17] });
  });

  it("of single elements divides infinity, where the shifted exponential overflows", () => {
    const x = tensor("float32", [2, 1], [0.5, -0.25]);
    const model = (dataType: number, zeroPoint: number) =>
      between(softmax, [2, 1], dataType, [
        [0.02, 0],
        [1 / 255, zeroPoint],
      ]);
    expect(runModel(model(type.uint8, 0), { x })).toEqual({ y: [0, 0] });
    // ONNX Runtime makes this one uint8, as a DequantizeLinear alone reads what Q gives.
    const { node: nodes, ...int8 } = model(type.int8, -128);
    const unsigned = {
      ...int8,
      output: [valueInfo("r", undefined)],
      node: [...nodes!, dequantize("y", "out", "r")],
    };
    expect(runModel(unsigned, { x })).toEqual({ r: [0, 0] });
    const signed: ModelParts = {
      ...model(type.int8, -128),
      node: [
        quantize("x", "in", "q"),
        node(
          "QLinearSoftmax",
          ["q", "in_s", "in_z", "out_s", "out_z"],
          ["y"],
          [attribute.int("axis", -1), attribute.int("opset", 13)],
          { domain: "com.microsoft" },
        ),
      ],
    };
    expect(runModel(signed, { x })).toEqual({ y: [127, 127] });
  });
});

describe("Resize", () => {
  it("with mode linear stays in float, and sums halves along axes that keep their length", () => {
    const resize = node(
      "Resize",
      ["a", "", "scales"],
      ["b"],
      [attribute.string("mode", "linear"), attribute.string("coordinate_transformation_mode", "half_pixel")],
    );
    const x = tensor("float32", [1, 2, 5], [0.31, -0.77, 1.45, 0.22, -1.3, 0.9, 0.13, -0.55, 1.02, 0.68]);
    const model = between(
      [resize],
      [1, 2, 5],
      type.uint8,
      [
        [0.0111, 117],
        [0.0111, 117],
      ],
      {
        initializer: [floats("scales", [3], [1, 1, 2])],
      },
    );
    expect(runModel(model, { x })).toEqual({
      y: [145, 121, 72, 98, 198, 220, 165, 103, 34, 0, 198, 181, 146, 113, 83, 102, 173, 201, 186, 178],
    });
  });
});

describe("Clip between Q and DQ", () => {
  it("keeps int8 signed, so that Add runs on int8", () => {
    const model = between(
      [],
      [],
      type.int8,
      [
        [0.0078431, -1],
        [0.0078431, -128],
      ],
      {
        input: [valueInfo("x", [8])],
        initializer: [
          ...parameters("one", 0.0039216, type.int8, -128),
          ints("low", type.int8, [], [-127]),
          ints("high", type.int8, [], [127]),
          ints("c", type.int8, [], [127]),
        ],
        node: [
          quantize("x", "in", "q"),
          node("Clip", ["q", "low", "high"], ["clipped"]),
          dequantize("clipped", "in", "a"),
          dequantize("c", "one", "constant"),
          node("Add", ["a", "constant"], ["b"]),
          quantize("b", "out", "wide"),
          node("Clip", ["wide", "low", "high"], ["y"]),
        ],
      },
    );
    const x = tensor("float32", [8], [-0.99, -0.71, -0.36, -0.02, 0.17, 0.44, 0.78, 0.96]);
    expect(runModel(model, { x })).toEqual({ y: [-126, -91, -46, -3, 22, 56, 99, 122] });
  });
});

describe("channels-last layout", () => {
  const constants = [...parameters("in", 0.05, type.uint8, 120), ...parameters("out", 0.1, type.uint8, 90)];
  const last = attribute.int("channels_last", 1);
  const x = tensor("uint8", [1, 4, 2], [10, 250, 130, 77, 0, 200, 91, 33]);
  const model = (made: NonNullable<ModelParts["node"]>[number], more: ModelParts["initializer"] = []) => ({
    name: "g",
    input: [valueInfo("x", [1, 4, 2], type.uint8)],
    output: [valueInfo("y", undefined, type.uint8)],
    initializer: [...constants, ...(more ?? [])],
    node: [{ ...made, domain: "com.microsoft" }],
  });
  const operands = ["x", "in_s", "in_z", "out_s", "out_z"];

  it("of QLinearAveragePool and QLinearGlobalAveragePool", () => {
    const window = [attribute.ints("kernel_shape", [2]), attribute.ints("strides", [2]), last];
    expect(runModel(model(node("QLinearAveragePool", operands, ["y"], window)), { x })).toEqual({
      y: [65, 112, 53, 88],
    });
    expect(runModel(model(node("QLinearGlobalAveragePool", operands, ["y"], [last])), { x })).toEqual({
      y: [59, 100],
    });
  });

  it("of QLinearConv", () => {
    const weights = [
      ints("w", type.int8, [3, 2, 2], [5, -7, 100, 3, -60, 20, 9, 1, 0, 44, -128, 127]),
      floats("w_s", [], [0.01]),
      ints("w_z", type.int8, [], [0]),
    ];
    const made = node(
      "QLinearConv",
      [...operands.slice(0, 3), "w", "w_s", "w_z", ...operands.slice(3)],
      ["y"],
      [last],
    );
    expect(runModel(model(made, weights), { x })).toEqual({ y: [151, 130, 0, 74, 73, 142, 127, 126, 0] });
  });
});

describe("a product with quantized weights only", () => {
  it("rounds the activations to int8, in the blocks of the weights", () => {
    const [depth, columns] = [20, 2];
    const weights = Array.from({ length: depth * columns }, (_, i) => ((i * 37) % 255) - 127);
    const model: ModelParts = {
      name: "g",
      input: [valueInfo("x", [1, depth])],
      output: [valueInfo("y", undefined)],
      initializer: [
        ints("w", type.int8, [depth, columns], weights),
        floats("s", [2, columns], [0.01, 0.02, 0.015, 0.005]),
      ],
      node: [
        node(
          "DequantizeLinear",
          ["w", "s"],
          ["a"],
          [attribute.int("axis", 0), attribute.int("block_size", 16)],
        ),
        node("MatMul", ["x", "a"], ["y"]),
      ],
    };
    const x = tensor(
      "float32",
      [1, depth],
      Array.from({ length: depth }, (_, i) => ((i * 7919) % 1000) / 300 - 1.7),
    );
    const { y } = runModel(model, { x });
    // Unoptimized, without rounding, ONNX Runtime gives 2.49375 and 4.78267.
    const recorded = [2.493271589279175, 4.770728588104248];
    recorded.forEach((value, i) => {
      expect(y[i]).toBeCloseTo(value, 5);
    });
  });
});
