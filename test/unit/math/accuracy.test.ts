import { describe, expect, it } from "vitest";
import { pow } from "../../../src/math/pow.js";
import { floatFunctions, sampleFloats, ulpError } from "./functions.js";

const floats = sampleFloats(131_071);

describe("float32 functions against double precision", () => {
  it.each(floatFunctions)("$name is within $ulp ulp", ({ compute, exact, ulp }) => {
    let worst = { x: 0, error: 0 };
    for (const x of floats) {
      const error = ulpError(compute(x), exact(x));
      if (error > worst.error) worst = { x, error };
    }
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(ulp);
  });

  it.each(floatFunctions)("$name gives float32 values and keeps the sign of zero", ({ compute, exact }) => {
    expect(floats.find((x) => !Object.is(compute(x), Math.fround(compute(x))))).toBeUndefined();
    for (const x of [0, -0]) expect(compute(x) === 0 ? Object.is(compute(x), exact(x)) : true).toBe(true);
  });
});

describe("pow", () => {
  it("is within 1.5 ulp", () => {
    let worst = { x: 0, y: 0, error: 0 };
    const values = sampleFloats(16_777_213);
    const near = [-3.7, -1, -0.5, 0.3333, 0.5, 1, 1.5, 2, 2.2, 4, 7, 10, 31.25].map(Math.fround);
    const check = (x: number, y: number) => {
      // ECMAScript's ** differs from IEEE 754 at these.
      if (Number.isNaN(y) || y === 3 || (Math.abs(x) === 1 && Math.abs(y) === Infinity)) return;
      const error = ulpError(pow(x, y), x ** y);
      if (error > worst.error) worst = { x, y, error };
    };
    for (const x of values) {
      for (const y of near) check(x, y);
      for (const y of values) check(x, y);
    }
    for (let x = 0.5; x < 3; x += 0.0137) for (const y of values) check(Math.fround(x), y);
    expect(worst.error, `at ${worst.x}, ${worst.y}`).toBeLessThanOrEqual(1.5);
  });

  it("has the special values of IEEE 754", () => {
    expect(pow(NaN, 0)).toBe(1);
    expect(pow(1, NaN)).toBe(1);
    expect(pow(-1, Infinity)).toBe(1);
    expect(pow(-2, 0.5)).toBeNaN();
    expect(pow(-2, 5)).toBe(-32);
    expect(pow(-0, -5)).toBe(-Infinity);
    expect(pow(-0, 5)).toBe(-0);
    expect(pow(-0, -4)).toBe(Infinity);
    expect(pow(-Infinity, 5)).toBe(-Infinity);
    expect(pow(-Infinity, -5)).toBe(-0);
    expect(pow(0.5, Infinity)).toBe(0);
    expect(pow(0.5, -Infinity)).toBe(Infinity);
    expect(pow(2, -149)).toBe(2 ** -149);
    expect(pow(2, 128)).toBe(Infinity);
  });

  it("squares and cubes by multiplication", () => {
    const x = Math.fround(1.1);
    expect(pow(x, 2)).toBe(Math.fround(x * x));
    expect(pow(x, 3)).toBe(Math.fround(Math.fround(x * x) * x));
  });
});
