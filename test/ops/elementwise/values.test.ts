import { describe, expect, it } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import { loadFamily, type NodeCase, runReference } from "../node-case.js";

const all = await loadFamily("elementwise");

const vector = (dtype: DType, ...values: (number | bigint)[]): Tensor =>
  tensor(dtype, [values.length], values);
const run = (op: string, inputs: (Tensor | undefined)[], more: Partial<NodeCase> = {}): Tensor =>
  runReference(all, { op, inputs, ...more })[0];
const numbers = (...args: Parameters<typeof run>): number[] => toNumbers(run(...args));

describe("integers", () => {
  it("wrap as in two's complement", () => {
    expect(numbers("Add", [vector("int8", 127, -128), vector("int8", 1, -1)])).toEqual([-128, 127]);
    expect(numbers("Sub", [vector("uint8", 0, 5), vector("uint8", 1, 3)])).toEqual([255, 2]);
    expect(numbers("Mul", [vector("int32", 65536, 3), vector("int32", 65537, -7)])).toEqual([65536, -21]);
    expect(numbers("Mul", [vector("uint32", 4294967295), vector("uint32", 4294967295)])).toEqual([1]);
    expect(numbers("Neg", [vector("int16", -32768, 7)])).toEqual([-32768, -7]);
    expect(numbers("Abs", [vector("int8", -128, -3)])).toEqual([-128, 3]);
    expect([...run("Add", [vector("int64", 2n ** 63n - 1n), vector("int64", 1n)]).data]).toEqual([
      -(2n ** 63n),
    ]);
  });

  it("divide towards zero", () => {
    expect(numbers("Div", [vector("int8", -7, 7, -128, 5), vector("int8", 2, -2, -1, 0)])).toEqual([
      -3, -3, -128, 0,
    ]);
    expect(numbers("Div", [vector("uint64", 2n ** 64n - 1n), vector("uint64", 2n ** 63n)])).toEqual([1]);
  });

  it("take remainders with the sign of the divisor, or of the dividend", () => {
    const operands = [vector("int32", -7, 7, -7, 6), vector("int32", 3, -3, -3, 3)];
    expect(numbers("Mod", operands)).toEqual([2, -2, -1, 0]);
    expect(numbers("Mod", operands, { attributes: { fmod: 1 } }).map((v) => v + 0)).toEqual([-1, 1, -1, 0]);
  });

  it("shift out of range to 0", () => {
    const operands = [vector("uint8", 129, 255, 255), vector("uint8", 1, 8, 200)];
    expect(numbers("BitShift", operands, { attributes: { direction: "LEFT" } })).toEqual([2, 0, 0]);
    expect(numbers("BitShift", operands, { attributes: { direction: "RIGHT" } })).toEqual([64, 0, 0]);
  });

  it("have powers", () => {
    expect(numbers("Pow", [vector("int32", 3, -2, 2, 5), vector("int32", 4, 3, -1, 0)])).toEqual([
      81, -8, 0, 1,
    ]);
    expect(numbers("Pow", [vector("int32", 9, 3, 2), vector("float32", 0.5, 5, -1)])).toEqual([3, 243, 0]);
    expect(numbers("Pow", [vector("float32", 2, -2), vector("int64", 10, 3)])).toEqual([1024, -8]);
  });

  it("have bitwise operators", () => {
    expect(numbers("BitwiseAnd", [vector("int8", -1, 12), vector("int8", 5, 10)])).toEqual([5, 8]);
    expect(numbers("BitwiseNot", [vector("uint16", 0, 65535)])).toEqual([65535, 0]);
    expect(numbers("BitwiseXor", [vector("int32", -1), vector("int32", 1)])).toEqual([-2]);
  });
});

describe("Cast", () => {
  const cast = (x: Tensor, to: number): (number | bigint)[] => [
    ...run("Cast", [x], { attributes: { to } }).data,
  ];

  it("cuts floats off, and reduces what does not fit 8 or 16 bits", () => {
    expect(cast(vector("float32", 1.9, -1.9, 300, -129), 3)).toEqual([1, -1, 44, 127]);
    expect(cast(vector("float32", -1, 256.5, 3e9), 2)).toEqual([255, 0, 0]);
    expect(cast(vector("float32", 65537, -32769), 5)).toEqual([1, 32767]);
  });

  it("gives the smallest value for what does not fit 32 or 64 bits", () => {
    expect(cast(vector("float32", 3e9, -3e9, Infinity, 2147483520), 6)).toEqual([
      -2147483648, -2147483648, -2147483648, 2147483520,
    ]);
    expect(cast(vector("float32", 1e19, -5.5, NaN), 7)).toEqual([-(2n ** 63n), -5n, -(2n ** 63n)]);
    expect(cast(vector("float32", 1e19, -1), 13)).toEqual([9999999980506447872n, 2n ** 64n - 1n]);
    expect(cast(vector("float32", 4e9, -1), 12)).toEqual([4000000000, 4294967295]);
  });

  it("rounds integers to float32 once", () => {
    expect(cast(vector("int32", 16777217, 16777219, -16777217), 1)).toEqual([16777216, 16777220, -16777216]);
    // 2^62 + 2^38 + 1: through a double it would be a tie and go down.
    expect(cast(vector("int64", 2n ** 62n + 2n ** 38n + 1n), 1)).toEqual([2 ** 62 + 2 ** 39]);
    expect(cast(vector("uint64", 2n ** 64n - 1n), 1)).toEqual([2 ** 64]);
  });

  it("makes bool of what is not 0", () => {
    expect(cast(vector("float32", 0, -0, NaN, 0.25), 9)).toEqual([0, 0, 1, 1]);
    expect(cast(vector("int64", 256n, 0n), 9)).toEqual([1, 0]);
  });

  it("keeps 4 bits", () => {
    expect(cast(vector("int8", 9, -9, 3), 22)).toEqual([-7, 7, 3]);
    expect(cast(vector("float32", -1, 17.5), 21)).toEqual([15, 1]);
  });
});

describe("floats", () => {
  it("keep NaN in Max, Min, Relu and Clip", () => {
    const x = vector("float32", NaN, 1, -1);
    const one = vector("float32", 1, NaN, 5);
    expect(numbers("Max", [x, one])).toEqual([NaN, NaN, 5]);
    expect(numbers("Min", [x, one])).toEqual([NaN, NaN, -1]);
    expect(numbers("Relu", [x])).toEqual([NaN, 1, 0]);
    expect(numbers("Clip", [x, tensor("float32", [], [0]), tensor("float32", [], [0.5])])).toEqual([
      NaN,
      0.5,
      0,
    ]);
  });

  it("compare false with NaN", () => {
    const [a, b] = [vector("float32", NaN, 1, 2), vector("float32", NaN, 1, 1)];
    expect(numbers("Equal", [a, b])).toEqual([0, 1, 0]);
    expect(numbers("LessOrEqual", [a, b])).toEqual([0, 1, 0]);
    expect(numbers("GreaterOrEqual", [a, b])).toEqual([0, 1, 1]);
    expect(numbers("IsNaN", [a])).toEqual([1, 0, 0]);
  });

  it("are infinite in the directions asked for", () => {
    const x = vector("float32", Infinity, -Infinity, 1);
    expect(numbers("IsInf", [x])).toEqual([1, 1, 0]);
    expect(numbers("IsInf", [x], { attributes: { detect_negative: 0 } })).toEqual([1, 0, 0]);
  });

  it("sum from left to right, each time rounded", () => {
    const terms = [1e8, 4, 4].map((v) => vector("float32", v));
    expect(numbers("Sum", terms)).toEqual([1e8]);
    expect(numbers("Sum", terms.toReversed())).toEqual([100000008]);
  });

  it("have powers of 2 and 3 as products", () => {
    const x = Math.fround(1.1);
    expect(numbers("Pow", [vector("float32", x), vector("float32", 2)])).toEqual([Math.fround(x * x)]);
  });
});

describe("float64 constants", () => {
  it("keep their precision", () => {
    expect(numbers("Sqrt", [vector("float64", 2)])).toEqual([Math.SQRT2]);
    expect(numbers("Reciprocal", [vector("float64", 3)])).toEqual([1 / 3]);
    expect(numbers("Pow", [vector("float64", 2), vector("int64", -1)])).toEqual([0.5]);
    expect(numbers("Mul", [vector("float64", 0.1), vector("float64", 3)])).toEqual([0.1 * 3]);
    expect(numbers("Cast", [vector("float64", 0.1)], { attributes: { to: 1 } })).toEqual([Math.fround(0.1)]);
  });
});

describe("older forms", () => {
  it("Clip with attributes", () => {
    expect(
      numbers("Clip", [vector("float32", -9, 3, 9)], { attributes: { min: -1, max: 6 }, opset: 6 }),
    ).toEqual([-1, 3, 6]);
  });

  it("Dropout with a ratio", () => {
    expect(numbers("Dropout", [vector("float32", 1, 2)], { attributes: { ratio: 0.5 }, opset: 7 })).toEqual([
      1, 2,
    ]);
  });
});

describe("com.microsoft", () => {
  // x Phi(x) by tables of the normal distribution.
  it("Gelu", () =>
    expect(numbers("com.microsoft.Gelu", [vector("float32", 1, -1)])[0]).toBeCloseTo(0.8413447, 6));
  it("BiasGelu", () => {
    const operands = [vector("float32", 0.25, -2.5), vector("float32", 0.75, 1.5)];
    expect(numbers("com.microsoft.BiasGelu", operands)[1]).toBeCloseTo(-0.1586553, 6);
  });
  it("QuickGelu", () => {
    const y = numbers("com.microsoft.QuickGelu", [vector("float32", 1)], { attributes: { alpha: 1 } });
    expect(y[0]).toBeCloseTo(0.7310586, 6);
  });
  it("FastGelu", () => {
    const operands = [vector("float32", 0.5), vector("float32", 0.5)];
    expect(numbers("com.microsoft.FastGelu", operands)[0]).toBeCloseTo(0.841192, 6);
  });
});

describe("what does not fit", () => {
  const cases: readonly [string, string, (Tensor | undefined)[], RegExp][] = [
    ["types that differ", "Add", [vector("int8", 1), vector("int16", 1)], /int8, int16/],
    [
      "shapes that do not broadcast",
      "Add",
      [vector("int8", 1, 2), vector("int8", 1, 2, 3)],
      /do not broadcast/,
    ],
    ["a type without the function", "Exp", [vector("int32", 1)], /input 0 is int32/],
    ["a slope larger than x", "PRelu", [vector("float32", 1), vector("float32", 1, 2)], /slope \[2\]/],
    [
      "a condition that is no bool",
      "Where",
      [vector("int8", 1), vector("int8", 1), vector("int8", 1)],
      /int8/,
    ],
  ];
  it.each(cases)("%s", (_, op, inputs, message) => expect(() => run(op, inputs)).toThrow(message));

  it("Dropout in training", () => {
    const inputs = [vector("float32", 1), undefined, tensor("bool", [], [1])];
    expect(() => run("Dropout", inputs)).toThrow(/training/);
  });
});
