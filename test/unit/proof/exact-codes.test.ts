import { describe, expect, it } from "vitest";
import { exactCodes } from "../../../src/proof/exact-codes.js";
import { Random } from "../../ops/random.js";

const row = 32;
const rows = 20;

/** Values as DequantizeLinear makes them: one scale for each run. */
function dequantized(random: Random, run: number, low: number, high: number): Float32Array {
  const scales = Float32Array.from({ length: (rows * row) / run }, () => (random.next() + 1e-3) * 0.1);
  return Float32Array.from({ length: rows * row }, (_, i) =>
    Math.fround(random.int(low, high) * scales[Math.floor(i / run)]),
  );
}

describe("exactCodes", () => {
  it.each([
    { name: "int8, per tensor", run: rows * row, low: -128, high: 127 },
    { name: "int8, per channel", run: row, low: -128, high: 127 },
    { name: "uint8 less any zero point", run: row, low: -40, high: 215 },
    { name: "int4, blocks of 8", run: 8, low: -8, high: 7 },
    { name: "int16, per tensor", run: rows * row, low: -32768, high: 32767 },
  ])("finds integers and scales that give the same bits: $name", ({ run, low, high }) => {
    const values = dequantized(new Random(run), run, low, high);
    const exact = exactCodes(values, row)!;
    expect(exact.run).toBe(run);
    expect(exact.min).toBeGreaterThanOrEqual(low);
    expect(exact.max).toBeLessThanOrEqual(high);
    values.forEach((value, i) => {
      const product = Math.fround(exact.codes[i] * exact.scales[Math.floor(i / run)]);
      expect(Object.is(product, value), `value ${i}`).toBe(true);
    });
  });

  it("finds none for floats that were not dequantized", () => {
    const random = new Random(3);
    const values = Float32Array.from({ length: rows * row }, () => random.next() - 0.5);
    expect(exactCodes(values, row)).toBeUndefined();
  });

  it("does not take -0 for 0, nor infinities", () => {
    const values = dequantized(new Random(1), rows * row, -100, 100);
    expect(exactCodes(values.with(7, -0), row)).toBeUndefined();
    expect(exactCodes(values.with(7, Number.POSITIVE_INFINITY), row)).toBeUndefined();
  });
});
