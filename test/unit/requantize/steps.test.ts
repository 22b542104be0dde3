import { expect, test } from "vitest";
import { findSteps } from "../../../src/proof/requantize/steps.js";
import { random, requantizeTo } from "./random.js";

/** ONNX Runtime's requantization, written with a Float32Array so that the hardware rounds. */
function onnxRuntime(acc: number, scale: number, zeroPoint: number, min: number, max: number): number {
  const f = new Float32Array(1);
  f[0] = acc;
  f[0] *= scale;
  const down = Math.floor(f[0]);
  const twice = 2 * (f[0] - down);
  const rounded = twice === 1 ? 2 * Math.round(down / 2) : twice < 1 ? down : down + 1;
  return Math.max(min, Math.min(max, rounded + zeroPoint));
}

/** The output that a staircase gives for an accumulator. */
const read = (steps: { first: number; at: Int32Array }, acc: number): number =>
  steps.first + steps.at.filter((t) => t <= acc).length;

test.each([
  ["tiny", 1e-3, -5],
  ["a tie at every other accumulator", 0.5, 0],
  ["ties with an odd zero point", 0.25, 3],
  ["several outputs to an accumulator", 3.7, 0],
  ["larger than the output's range", 1000, 12],
  ["zero", 0, -7],
  ["denormal", 1e-40, 1],
])("%s scale: the staircase is ONNX Runtime's at every accumulator", (_, scale, zeroPoint) => {
  const to = requantizeTo("int8", [scale], zeroPoint);
  const steps = findSteps(to, 0, { min: -1500, max: 1500 });
  for (let acc = -1500; acc <= 1500; acc++) {
    expect(read(steps, acc), `at ${acc}`).toBe(onnxRuntime(acc, to.scales[0], zeroPoint, -128, 127));
  }
});

test("large accumulators, which float32 rounds first, step where ONNX Runtime steps", () => {
  const next = random(1);
  for (let i = 0; i < 300; i++) {
    const scale = 2 ** (-24 - 6 * next());
    const zeroPoint = Math.floor(256 * next());
    const to = requantizeTo("uint8", [scale], zeroPoint);
    const steps = findSteps(to, 0, { min: -(2 ** 31), max: 2 ** 31 - 1 });
    const output = (acc: number) => onnxRuntime(acc, to.scales[0], zeroPoint, 0, 255);
    expect(steps.first).toBe(output(-(2 ** 31)));
    expect(steps.first + steps.at.length).toBe(output(2 ** 31 - 1));
    steps.at.forEach((t, k) => {
      expect(output(t)).toBeGreaterThanOrEqual(steps.first + k + 1);
      expect(output(t - 1)).toBeLessThan(steps.first + k + 1);
    });
  }
});

test("the clamp and the range cut the staircase", () => {
  const to = requantizeTo("int8", [0.1], 0, [0, 60]);
  expect(findSteps(to, 0, { min: -1000, max: 1000 }).at).toHaveLength(60);
  expect(findSteps(to, 0, { min: 106, max: 144 })).toMatchObject({
    first: 11,
    at: Int32Array.of(115, 126, 135),
  });
});
