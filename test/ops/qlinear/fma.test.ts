import { expect, it } from "vitest";
import { fma32 } from "../../../src/ops/qlinear/fma.js";

/** A float32 as mantissa * 2^exponent. */
function split(x: number): { mantissa: bigint; exponent: number } {
  let exponent = 0;
  let value = x;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent--;
  }
  return { mantissa: BigInt(value), exponent };
}

/** a * b + c rounded once to float32, by exact integer arithmetic. */
function exact(a: number, b: number, c: number): number {
  const [p, q, r] = [split(a), split(b), split(c)];
  const exponent = Math.min(p.exponent + q.exponent, r.exponent);
  const product = (p.mantissa * q.mantissa) << BigInt(p.exponent + q.exponent - exponent);
  const sum = product + (r.mantissa << BigInt(r.exponent - exponent));
  const magnitude = sum < 0n ? -sum : sum;
  const drop = magnitude.toString(2).length - 24;
  if (drop <= 0) return Number(sum) * 2 ** exponent;
  const half = 1n << BigInt(drop - 1);
  const rest = magnitude & ((half << 1n) - 1n);
  const kept = magnitude >> BigInt(drop);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return Number(sum < 0n ? -1 : 1) * Number(kept + (up ? 1n : 0n)) * 2 ** (exponent + drop);
}

it("rounds once where two roundings differ", () => {
  // a * b = 2^-24 - 2^-60: the exact sum is just below the middle of c and the next float32. A double
  // cannot hold it; rounded to one, it is the middle, which rounds up to the even neighbour.
  const [a, b] = [2 ** -12 * (1 + 2 ** -18), 2 ** -12 * (1 - 2 ** -18)];
  const c = 1 + 2 ** -23;
  expect(Math.fround(a * b + c)).toBe(1 + 2 ** -22);
  expect(fma32(a, b, c)).toBe(c);
  expect(fma32(-a, b, -c)).toBe(-c);
});

it("equals exact arithmetic on random and on nearly halfway operands", () => {
  let seed = 12345;
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32;
  };
  const value = (spread: number) =>
    Math.fround((random() * 2 - 1) * 2 ** Math.floor(random() * spread - spread / 2));
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [value(20), value(20)];
    // Now and then an addend that puts the exact sum near the middle of two float32 values.
    const c =
      i % 2 ? value(60) : Math.fround(a * b * 2 ** Math.floor(random() * 30) * (random() < 0.5 ? -1 : 1));
    expect(fma32(a, b, c), `${a} * ${b} + ${c}`).toBe(exact(a, b, c));
  }
});

it("passes NaN and infinities on", () => {
  expect(fma32(Number.NaN, 1, 1)).toBeNaN();
  expect(fma32(Number.POSITIVE_INFINITY, 1, 1)).toBe(Number.POSITIVE_INFINITY);
});
