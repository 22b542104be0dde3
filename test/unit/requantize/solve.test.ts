import { expect, test } from "vitest";
import type { Requantize } from "../../../src/ops/requantize.js";
import { solveLine } from "../../../src/proof/requantize/solve.js";
import type { Steps } from "../../../src/proof/requantize/steps.js";
import { random, requantizeTo } from "./random.js";

/** The addends that suit a multiplier, from what each single accumulator demands. */
function addends(outputs: readonly [number, number][], to: Requantize, multiplier: number, shift: number) {
  let low = -Infinity;
  let high = Infinity;
  for (const [acc, y] of outputs) {
    if (y > to.min) low = Math.max(low, y * 2 ** shift - acc * multiplier);
    if (y < to.max) high = Math.min(high, (y + 1) * 2 ** shift - 1 - acc * multiplier);
  }
  return { low, high };
}

test("finds a line whenever a search over all multipliers does, with all its addends", () => {
  const next = random(7);
  let found = 0;
  for (let round = 0; round < 300; round++) {
    const scale = Math.fround(0.02 + 0.3 * next());
    const zeroPoint = Math.floor(9 * next()) - 4;
    const to = requantizeTo("int8", [scale], zeroPoint, [zeroPoint - 4, zeroPoint + 4]);
    const range = { min: -Math.floor(60 * next()), max: Math.floor(60 * next()) };
    // A staircase near a line, with steps moved by up to one: some have a line, some have none.
    const levels = (acc: number) => Math.round(acc * scale + 0.6 * next()) + zeroPoint;
    const first = Math.min(Math.max(levels(range.min), to.min), to.max);
    const at: number[] = [];
    const outputs: [number, number][] = [[range.min, first]];
    for (let acc = range.min + 1; acc <= range.max; acc++) {
      while (first + at.length < Math.min(levels(acc), to.max)) at.push(acc);
      outputs.push([acc, first + at.length]);
    }
    if (at.length === 0) continue;
    const steps: Steps = { range, first, at: Int32Array.from(at) };
    const shift = 7 + Math.floor(3 * next());
    const maxMultiplier = 2 ** (shift - 1);
    const slack = [-9, 0, 3][round % 3];

    const line = solveLine(steps, to, 0, { shift, maxMultiplier, slack });
    let feasible = false;
    for (let m = 1; m <= maxMultiplier && !feasible; m++) {
      const { low, high } = addends(outputs, to, m, shift);
      feasible = high - low >= slack;
    }
    expect(line !== undefined, JSON.stringify({ at, first, range, shift, slack, scale })).toBe(feasible);
    if (!line) continue;
    found++;
    const { low, high } = addends(outputs, to, line.multiplier, shift);
    expect(line).toEqual({ multiplier: line.multiplier, low: BigInt(low), high: BigInt(high) });
  }
  expect(found).toBeGreaterThan(50);
  expect(found).toBeLessThan(350);
});

test("a constant output is a line of slope zero", () => {
  const to = requantizeTo("int8", [1e-11], -3);
  const steps = { range: { min: 0, max: 9 }, first: -3, at: new Int32Array(0) };
  const line = solveLine(steps, to, 0, { shift: 10, maxMultiplier: 100, slack: 0 });
  expect(line).toEqual({ multiplier: 0, low: -3072n, high: -2049n });
});
