import { expect, test } from "vitest";
import { compareTensors, describeComparison } from "../../../src/7-verify/compare.js";
import { tensor } from "../../../src/ir/tensor.js";

const floats = (values: number[]) => tensor("float32", [values.length], values);
const quantized = { scale: 0.5, floatInside: true };

/** 200 elements, the first of which are off by the given numbers of steps of 0.5. */
function offBy(steps: number[]): [ReturnType<typeof floats>, ReturnType<typeof floats>] {
  const expected = Array.from({ length: 200 }, (_, i) => ((i % 100) - 50) * 0.5);
  return [floats(expected), floats(expected.map((v, i) => v + (steps[i] ?? 0) * 0.5))];
}

test("identical", () => {
  const c = compareTensors(...offBy([]), { scale: 0.5, floatInside: false });
  expect(c).toMatchObject({ agreement: "identical", differing: 0, snr: Infinity });
  expect(describeComparison(c)).toBe("identical, 200 elements");
});

test("99 % within one step and none beyond two, where float kernels ran inside", () => {
  const c = compareTensors(...offBy([1, -1, 2, 2]), quantized);
  expect(c).toMatchObject({ agreement: "one-step", differing: 4, beyondOne: 2, largest: 2, unit: "steps" });
  expect(describeComparison(c)).toMatch(
    /^within one step: 2 of 200 elements one step off, 2 two, [\d.]+ dB$/,
  );
  expect(compareTensors(...offBy([2, 2, 2]), quantized).agreement).not.toBe("one-step");
  expect(compareTensors(...offBy([3]), quantized).agreement).not.toBe("one-step");
});

test("where no float kernel ran, one step is a difference", () => {
  const c = compareTensors(...offBy([1]), { scale: 0.5, floatInside: false });
  expect(c.agreement).toBe("different");
  expect(describeComparison(c)).toMatch(/^DIFFERENT .*1 of 200 elements differ, by at most 1 step/);
});

test("45 dB: noise of 1/177.8 of the signal", () => {
  const signal = Array.from({ length: 100 }, (_, i) => (i % 2 ? 1 : -1));
  const noisy = (noise: number) => floats(signal.map((v) => v + noise));
  expect(compareTensors(floats(signal), noisy(1 / 178), { floatInside: true }).agreement).toBe("snr");
  expect(compareTensors(floats(signal), noisy(1 / 177), { floatInside: true }).agreement).toBe("different");
});

test("floats within 1e-4 + 1e-3 of the value; NaN equals NaN and nothing else", () => {
  const judge = (a: number, b: number) =>
    compareTensors(floats([a]), floats([b]), { floatInside: false }).agreement;
  expect(judge(2, 2.002)).toBe("float");
  expect(judge(2, 2.0022)).toBe("different");
  expect(judge(0, 0.00009)).toBe("float");
  expect(judge(Number.NaN, Number.NaN)).toBe("identical");
  expect(judge(1, Number.NaN)).toBe("different");
  expect(judge(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe("identical");
});

test("a tolerance loosens the judgement and is named with its reason", () => {
  const tolerance = { absolute: 0.6, reason: "a chaotic filter" };
  const c = compareTensors(floats([0, 1]), floats([0.5, 1]), { floatInside: false, tolerance });
  expect(c).toMatchObject({ agreement: "tolerance", reason: "a chaotic filter" });
  expect(describeComparison(c)).toContain("a chaotic filter");
  const worse = compareTensors(floats([0, 1]), floats([0.7, 1]), { floatInside: false, tolerance });
  expect(worse.agreement).toBe("different");
});

test("another type or shape is different, whatever the values", () => {
  const c = compareTensors(floats([1, 2]), tensor("float32", [2, 1], [1, 2]), { floatInside: true });
  expect(c).toMatchObject({ agreement: "different", reason: "expected float32[2], got float32[2,1]" });
});
