import { expect, test } from "vitest";
import { reachableRange } from "../../../src/proof/requantize/range.js";

const int8 = { min: -128, max: 127 };

test("bounds are those of an exhaustive search over inputs, padding included", () => {
  const weights = [3, -2, 0, 7];
  for (const [xZeroPoint, wZeroPoint, bias] of [
    [0, 0, 0],
    [-2, 0, 11],
    [1, 2, -5],
    [9, -1, 4],
  ]) {
    const x = { min: -3, max: 2 };
    let min = Infinity;
    let max = -Infinity;
    // Each tap sees every input value, or the padding, which holds the zero point.
    const values = [-3, -2, -1, 0, 1, 2, xZeroPoint];
    for (let code = 0; code < values.length ** weights.length; code++) {
      let acc = bias;
      let rest = code;
      for (const w of weights) {
        acc += (values[rest % values.length] - xZeroPoint) * (w - wZeroPoint);
        rest = Math.floor(rest / values.length);
      }
      min = Math.min(min, acc);
      max = Math.max(max, acc);
    }
    const sum = { weights, start: 0, count: 4, wZeroPoint, bias, x, xZeroPoint };
    expect(reachableRange(sum)).toEqual({ min, max });
  }
});

test("reads only the channel's own weights", () => {
  const sum = { weights: Int8Array.of(100, 1, -1, 100), wZeroPoint: 0, bias: 0, x: int8, xZeroPoint: 0 };
  expect(reachableRange({ ...sum, start: 1, count: 2 })).toEqual({ min: -255, max: 255 });
});

test("a sum that can pass int32 wraps, so every int32 value is reachable", () => {
  const sum = { weights: [-128], start: 0, count: 1, wZeroPoint: 0, x: int8, xZeroPoint: 0 };
  expect(reachableRange({ ...sum, bias: 2 ** 31 - 16385 })).toEqual({
    min: 2 ** 31 - 16385 - 127 * 128,
    max: 2 ** 31 - 1,
  });
  expect(reachableRange({ ...sum, bias: 2 ** 31 - 16384 })).toEqual({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  expect(reachableRange({ ...sum, bias: -(2 ** 31) })).toEqual({ min: -(2 ** 31), max: 2 ** 31 - 1 });
});
