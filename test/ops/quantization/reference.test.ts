import { describe, expect, it } from "vitest";
import { type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { bits, loadFamily, onnxNodeTests, prepare, runLegalized, runReference } from "../node-case.js";

const all = await loadFamily("quantization");
const run = (op: string, inputs: readonly (Tensor | undefined)[], attributes = {}) =>
  runReference(all, { op, inputs, attributes });
const float = (...values: number[]) => tensor("float32", [values.length], values);
const scalar = (dtype: Tensor["dtype"], value: number) => tensor(dtype, [], [value]);

const nodeTests = onnxNodeTests(["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"]);

describe.skipIf(nodeTests.length === 0)("ONNX node tests", () => {
  it.each(nodeTests)("$name", ({ node, expected }) => {
    expect(bits(runReference(all, node).slice(0, expected.length))).toEqual(bits(expected));
  });
});

describe("QuantizeLinear", () => {
  it("rounds halves to even and saturates, zero point included", () => {
    const x = float(0.5, 1.5, 2.5, -0.5, -1.5, 1000, -1000);
    const [y] = run("QuantizeLinear", [x, scalar("float32", 1), scalar("int8", 3)]);
    expect(toNumbers(y)).toEqual([3, 5, 5, 3, 1, 127, -128]);
  });

  it("divides by the scale in float32", () => {
    // In exact arithmetic 0.35 / 0.1 is below 3.5 with these two floats; the float32 quotient is 3.5.
    const [y] = run("QuantizeLinear", [float(0.35), scalar("float32", 0.1), scalar("int8", 0)]);
    expect(toNumbers(y)).toEqual([4]);
  });

  it("takes NaN as the smallest value, infinities as the bounds", () => {
    const x = float(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const [y] = run("QuantizeLinear", [x, scalar("float32", 1), scalar("uint8", 7)]);
    expect(toNumbers(y)).toEqual([0, 255, 0]);
  });

  it("gives uint8 without a zero point, or the type it is asked for", () => {
    expect(run("QuantizeLinear", [float(300), scalar("float32", 1)])[0].dtype).toBe("uint8");
    const [y] = run("QuantizeLinear", [float(-300), scalar("float32", 1)], { output_dtype: 5 });
    expect([y.dtype, toNumbers(y)]).toEqual(["int16", [-300]]);
  });

  it("refuses parameters that do not fit", () => {
    const x = tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]);
    const op = "QuantizeLinear";
    const infer =
      (inputs: readonly Tensor[], attributes = {}) =>
      () =>
        prepare(all, { op, inputs, attributes });
    expect(infer([x, float(1, 2)])).toThrow("scale [2] does not fit axis 1 of [2,3]");
    expect(infer([x, float(1, 2, 3), tensor("int8", [2], [0, 0])])).toThrow("y_zero_point is [2]");
    expect(infer([x, float(1, 2)], { axis: 5 })).toThrow("out of range");
    expect(infer([x, float(1, 2)], { block_size: 2 })).toThrow("blocks of 2 on axis 1");
  });
});

describe("DequantizeLinear", () => {
  it("subtracts in integers, multiplies in float32", () => {
    const x = tensor("int32", [2], [2147483647, -5]);
    const [y] = run("DequantizeLinear", [x, scalar("float32", 0.1)]);
    expect(toNumbers(y)).toEqual([
      Math.fround(2147483648 * Math.fround(0.1)),
      Math.fround(-5 * Math.fround(0.1)),
    ]);
  });

  it("has parameters for each index of an axis, the last one too", () => {
    const x = tensor("uint8", [2, 2], [10, 20, 30, 40]);
    const inputs = [x, float(1, 2), tensor("uint8", [2], [0, 10])];
    expect(toNumbers(run("DequantizeLinear", inputs, { axis: -1 })[0])).toEqual([10, 20, 30, 60]);
    expect(toNumbers(run("DequantizeLinear", inputs, { axis: 0 })[0])).toEqual([10, 20, 40, 60]);
  });

  it("has parameters for each block, the last one shorter", () => {
    const x = tensor("int8", [3, 2], [1, 2, 3, 4, 5, 6]);
    const scale = tensor("float32", [2, 2], [1, 10, 100, 1000]);
    const [y] = run("DequantizeLinear", [x, scale], { axis: 0, block_size: 2 });
    expect(toNumbers(y)).toEqual([1, 20, 3, 40, 500, 6000]);
  });
});

describe("DynamicQuantizeLinear", () => {
  it("widens the range to hold 0", () => {
    const [y, scale, zeroPoint] = run("DynamicQuantizeLinear", [float(51, 102)]);
    expect([toNumbers(y), toNumbers(scale), toNumbers(zeroPoint)]).toEqual([
      [128, 255],
      [Math.fround(0.4)],
      [0],
    ]);
  });

  it("has scale 1 for zeros", () => {
    const [y, scale, zeroPoint] = run("DynamicQuantizeLinear", [float(0, 0)]);
    expect([toNumbers(y), toNumbers(scale), toNumbers(zeroPoint)]).toEqual([[0, 0], [1], [0]]);
  });
});

describe("C", () => {
  it("has parameters for each block that are computed at run time", async () => {
    const kernels = await loadFamily("quantization", "elementwise", "take", "copy", "view");
    const runtime = [0, 1, 2];
    const scale = tensor("float32", [2, 2], [1, 10, 100, 1000]);
    const zero = (dtype: "int8" | "int16") => tensor(dtype, [2, 2], [0, 1, 0, -1]);
    const attributes = { axis: 0, block_size: 2 };
    const real = tensor("float32", [3, 2], [1, 20, 3, 45, 550, -6000]);
    const quantized = tensor("int8", [3, 2], [1, 2, 3, 4, 5, 6]);
    const [[y], [x]] = runLegalized(kernels, [
      { op: "QuantizeLinear", inputs: [real, scale, zero("int16")], attributes, runtime },
      { op: "DequantizeLinear", inputs: [quantized, scale, zero("int8")], attributes, runtime },
    ]);
    expect(toNumbers(y)).toEqual([1, 3, 3, 5, 6, -7]);
    expect(toNumbers(x)).toEqual([1, 10, 3, 30, 500, 7000]);
  });
});
