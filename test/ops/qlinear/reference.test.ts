import { describe, expect, it } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { innerScalar } from "../../../src/ops/qlinear/elementwise-reference.js";
import { logistic } from "../../../src/ops/qlinear/logistic.js";
import { bits, loadFamily, onnxNodeTests, prepare, runReference } from "../node-case.js";

const all = await loadFamily("conv", "conv-transpose", "quantization", "qlinear");
const run = (op: string, inputs: readonly (Tensor | undefined)[], attributes = {}): number[] =>
  toNumbers(runReference(all, { op, inputs, attributes })[0]);
const scale = (...values: number[]) => tensor("float32", values.length > 1 ? [values.length] : [], values);
const zero = (dtype: DType, value = 0) => tensor(dtype, [], [value]);
const int8 = (shape: Shape, ...values: number[]) => tensor("int8", shape, values);
const uint8 = (shape: Shape, ...values: number[]) => tensor("uint8", shape, values);

const nodeTests = onnxNodeTests(["QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger"]);

describe.skipIf(nodeTests.length === 0)("ONNX node tests", () => {
  it.each(nodeTests)("$name", ({ node, expected }) => {
    expect(bits(runReference(all, node))).toEqual(bits(expected));
  });
});

describe("QLinearConv", () => {
  // x - 1 = [1 2 3], w = [1 1] and [2 -1]: sums [3 5] and [0 1], with the bias [4 6] and [0 1].
  const x = uint8([1, 1, 3], 2, 3, 4);
  const w = int8([2, 1, 2], 1, 1, 2, -1);
  const operands = (wScale: Tensor, yScale: number) => {
    const bias = tensor("int32", [2], [1, 0]);
    return [x, scale(1), zero("uint8", 1), w, wScale, zero("int8"), scale(yScale), zero("uint8", 10), bias];
  };

  it("requantizes with one scale, halves to even", () => {
    expect(run("QLinearConv", operands(scale(1), 2))).toEqual([12, 13, 10, 10]);
  });

  it("requantizes with a scale for each channel", () => {
    expect(run("QLinearConv", operands(scale(1, 100), 2))).toEqual([12, 13, 10, 60]);
  });

  it("pads with the zero point", () => {
    const inputs = operands(scale(1), 1);
    expect(run("QLinearConv", inputs, { pads: [1, 1] })).toEqual([12, 14, 16, 14, 9, 10, 11, 16]);
  });

  it("wraps sums to int32", () => {
    const inputs = operands(scale(1), 1);
    inputs[8] = tensor("int32", [2], [2147483647, 0]);
    expect(run("QLinearConv", inputs).slice(0, 2)).toEqual([0, 0]);
  });

  it("refuses operands that do not fit", () => {
    const inputs = operands(scale(1, 2, 3), 1);
    expect(() => prepare(all, { op: "QLinearConv", inputs })).toThrow("w_scale is [3]");
    const words = operands(scale(1), 1);
    words[0] = tensor("int16", [1, 1, 3], [1, 2, 3]);
    expect(() => prepare(all, { op: "QLinearConv", inputs: words })).toThrow("takes int8 and uint8");
  });
});

it("vcgen.QLinearConvTranspose spreads the input by the stride", () => {
  // x = [1 2], w = [1 3 5], stride 2: [1 3 5+2 6 10], doubled by the scale.
  const inputs = [
    int8([1, 1, 2], 1, 2),
    scale(1),
    zero("int8"),
    int8([1, 1, 3], 1, 3, 5),
    scale(2),
    zero("int8"),
  ];
  const y = run("vcgen.QLinearConvTranspose", [...inputs, scale(1), zero("int8", -1)], { strides: [2] });
  expect(y).toEqual([1, 5, 13, 11, 19]);
});

describe("matrix products", () => {
  const a = uint8([2, 2], 1, 2, 3, 4);
  const b = int8([2, 2], 1, -1, 2, 0);
  // a b = [5 -1; 11 -3]

  it("QLinearMatMul has a scale for each column", () => {
    const inputs = [a, scale(1), zero("uint8"), b, scale(1, 0.5), tensor("int8", [2], [0, 0])];
    expect(run("QLinearMatMul", [...inputs, scale(1), zero("int8", 3)])).toEqual([8, 3, 14, 1]);
  });

  it("MatMulIntegerToFloat scales, then adds the bias", () => {
    const inputs = [a, b, scale(0.5), scale(2), undefined, undefined, tensor("float32", [2], [0.25, 1])];
    expect(run("com.microsoft.MatMulIntegerToFloat", inputs)).toEqual([5.25, 0, 11.25, -2]);
  });

  it("DynamicQuantizeMatMul quantizes a to the range it has", () => {
    const rows = tensor("float32", [1, 2], [0, 255]);
    expect(run("com.microsoft.DynamicQuantizeMatMul", [rows, b, scale(0.5)])).toEqual([255, 0]);
  });

  it("QGemm adds the bias to the sums and scales both by alpha", () => {
    const bias = tensor("int32", [2, 1], [1, 2]);
    const operands = [a, scale(1), zero("uint8"), b, scale(1), zero("int8"), bias];
    expect(run("com.microsoft.QGemm", operands, { alpha: 0.5 })).toEqual([3, 0, 6.5, -0.5]);
    const quantized = [...operands, scale(1), zero("uint8", 1)];
    expect(run("com.microsoft.QGemm", quantized, { alpha: 0.5 })).toEqual([4, 1, 7, 1]);
  });

  it("QGemm transposes its operands", () => {
    const operands = [a, scale(1), zero("uint8"), b, scale(1), zero("int8")];
    // a^T b^T = [1 3; 2 4] [1 2; -1 0]
    expect(run("com.microsoft.QGemm", operands, { transA: 1, transB: 1 })).toEqual([-2, 2, -2, 4]);
  });
});

describe("QLinearAdd", () => {
  const add = (a: Tensor, b: Tensor, attributes = {}) =>
    run(
      "com.microsoft.QLinearAdd",
      [a, scale(0.5), zero("int8", 1), b, scale(0.25), zero("int8", -2), scale(1), zero("int8", 4)],
      attributes,
    );

  it("adds what the operands stand for", () => {
    // (7-1)/2 + (2+2)/4 = 4; (8-1)/2 + 1 = 4.5, to even; saturated below.
    expect(add(int8([3], 7, 8, -128), int8([1], 2))).toEqual([8, 8, -60]);
    expect(add(int8([1], -128), int8([1], -128))).toEqual([-92]);
  });

  it("gives the same as uint8 where no rounding can tell", () => {
    const [a, b] = [int8([4], 7, 8, -128, 127), int8([4], 2, 0, -100, 99)];
    expect(add(a, b, { unsigned: 1 })).toEqual(add(a, b));
  });

  it.each([
    { a: [1, 8, 5], b: [1, 8, 5], inner: undefined },
    { a: [1, 8, 1], b: [1, 8, 5], inner: "first" },
    { a: [1, 8, 5], b: [8, 1], inner: "second" },
    { a: [1, 8, 1, 1], b: [1, 1, 1, 1], inner: "second" },
    { a: [2, 1], b: [2, 1], inner: undefined },
    { a: [1], b: [4, 1], inner: "first" },
    { a: [], b: [3], inner: "first" },
    { a: [3], b: [], inner: "second" },
    { a: [1, 1], b: [1, 1], inner: "first" },
  ])("[$a] + [$b]: the inner run is constant in $inner", ({ a, b, inner }) => {
    expect(innerScalar(a, b)).toBe(inner);
  });
});

it("QLinearMul adds the zero point before it rounds", () => {
  // 3 * 1 * 0.5 = 1.5: rounded first, it would be 2 + 1; with the zero point it is 2.5, to even.
  const operands = [int8([1], 3), scale(0.5), zero("int8"), int8([1], 1), scale(1), zero("int8"), scale(1)];
  expect(run("com.microsoft.QLinearMul", [...operands, zero("int8", 1)])).toEqual([2]);
});

describe("tables", () => {
  it("QLinearLeakyRelu multiplies what is negative", () => {
    const operands = [int8([3], -100, 0, 50), scale(1), zero("int8"), scale(1), zero("int8", 1)];
    expect(run("com.microsoft.QLinearLeakyRelu", operands, { alpha: 0.1 })).toEqual([-9, 1, 51]);
  });

  it("QLinearSigmoid is the logistic function to a few ulp", () => {
    for (let x = -20; x <= 20; x += 0.37) {
      expect(Math.abs(logistic(Math.fround(x)) - 1 / (1 + Math.exp(-x)))).toBeLessThan(3e-7);
    }
    const operands = [int8([3], -128, 0, 127), scale(0.1), zero("int8"), scale(1 / 256), zero("int8", -128)];
    expect(run("com.microsoft.QLinearSigmoid", operands)).toEqual([-128, 0, 127]);
  });

  it("QLinearConcat requantizes each input", () => {
    const parts = [int8([1, 2], 1, 2), scale(2), zero("int8"), int8([1, 1], 7), scale(1), zero("int8", 5)];
    expect(run("com.microsoft.QLinearConcat", [scale(1), zero("int8", 1), ...parts], { axis: 1 })).toEqual([
      3, 5, 3,
    ]);
  });

  it("QLinearWhere requantizes what it takes", () => {
    const condition = tensor("bool", [2, 1], [1, 0]);
    const operands = [int8([2], 1, 2), scale(2), zero("int8"), int8([1], 9), scale(1), zero("int8", 1)];
    expect(run("com.microsoft.QLinearWhere", [condition, ...operands, scale(1), zero("int8")])).toEqual([
      2, 4, 8, 8,
    ]);
  });
});

describe("QLinearSoftmax", () => {
  const softmax = (x: Tensor, attributes: object) =>
    run(
      "com.microsoft.QLinearSoftmax",
      [x, scale(Math.LN2), zero(x.dtype, 3), scale(1 / 256), zero(x.dtype, x.dtype === "int8" ? -128 : 0)],
      attributes,
    );

  it("divides exponentials by their sum", () => {
    // 2^0 : 2^1 : 2^2 : 2^0 of 8
    expect(softmax(uint8([4], 10, 11, 12, 10), { opset: 13 })).toEqual([32, 64, 128, 32]);
    expect(softmax(int8([2, 2], 0, 0, 1, 0), { opset: 13, axis: 0 })).toEqual([-43, 0, 43, 0]);
  });

  it("saturates at the largest value", () => {
    expect(softmax(int8([2], 127, -128), { opset: 13 })).toEqual([127, -128]);
  });

  it("flattens from the axis on before opset 13", () => {
    expect(softmax(uint8([1, 2, 2], 0, 0, 0, 0), { opset: 12, axis: 1 })).toEqual([64, 64, 64, 64]);
  });
});

describe("pools", () => {
  const pool = (op: string, x: Tensor, attributes = {}) =>
    run(`com.microsoft.${op}`, [x, scale(1), zero("uint8", 2), scale(1), zero("uint8", 1)], attributes);

  it("QLinearAveragePool adds the zero point before it rounds", () => {
    // Means 1.5 and 2.5, zero point 1: 2.5 and 3.5, to even.
    const x = uint8([1, 1, 4], 3, 4, 4, 5);
    expect(pool("QLinearAveragePool", x, { kernel_shape: [2], strides: [2] })).toEqual([2, 4]);
  });

  it("QLinearAveragePool of the whole input rounds before it adds the zero point", () => {
    expect(pool("QLinearAveragePool", uint8([1, 1, 2], 4, 5), { kernel_shape: [2] })).toEqual([3]);
    expect(pool("QLinearAveragePool", uint8([1, 1, 3], 4, 5, 5), { kernel_shape: [2] })).toEqual([4, 4]);
  });

  it("QLinearAveragePool counts the padding, or not", () => {
    const x = uint8([1, 1, 2], 10, 10);
    const attributes = { kernel_shape: [2], pads: [1, 0] };
    expect(pool("QLinearAveragePool", x, attributes)).toEqual([9, 9]);
    expect(pool("QLinearAveragePool", x, { ...attributes, count_include_pad: 1 })).toEqual([5, 9]);
  });

  it("QLinearGlobalAveragePool rounds before it adds the zero point", () => {
    expect(pool("QLinearGlobalAveragePool", uint8([1, 2, 2], 3, 4, 4, 5))).toEqual([3, 3]);
  });

  it("QLinearReduceMean reduces the axes it is given", () => {
    const x = uint8([2, 2], 2, 6, 10, 14);
    expect(pool("QLinearReduceMean", x, { axes: [0] })).toEqual([5, 9]);
    expect(pool("QLinearReduceMean", x, { axes: [-1], keepdims: 0 })).toEqual([3, 11]);
    expect(pool("QLinearReduceMean", x)).toEqual([7]);
  });
});
