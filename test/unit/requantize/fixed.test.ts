import { expect, test } from "vitest";
import { type Requantize, requantize } from "../../../src/ops/requantize.js";
import { findFixedForm } from "../../../src/proof/requantize/fixed.js";
import { type FixedForm, foldOffsets } from "../../../src/proof/requantize/form.js";
import { proveRequantize } from "../../../src/proof/requantize/prove.js";
import { int32Range } from "../../../src/proof/requantize/range.js";
import { random, requantizeTo } from "./random.js";

interface Result {
  readonly output: number;
  readonly escapes: boolean;
}

/** A form evaluated as its definition reads: in BigInt for 64 bits, in int32 arithmetic for 32. */
function runner(form: FixedForm, to: Requantize, channel: number, offset = 0): (acc: number) => Result {
  const offsets = new Float64Array(form.multipliers.length).fill(offset);
  const addend = foldOffsets(form, offsets)[channel];
  const multiplier = form.multipliers[channel];
  const { guard, shift, unit } = form;
  const result = (high: bigint): Result => ({
    output: Math.min(Math.max(Number(high >> BigInt(shift)), to.min), to.max),
    escapes: guard !== undefined && BigInt.asUintN(guard.to, high) >> BigInt(guard.from) === 0n,
  });
  if (typeof addend === "bigint") {
    return (acc) => {
      const high = BigInt(acc - offset) * BigInt(multiplier) + addend;
      expect(BigInt.asIntN(64, high)).toBe(high);
      return result(high);
    };
  }
  return (acc) => {
    const sum = acc - offset;
    const product = (sum & (2 ** unit - 1)) * multiplier;
    expect(product).toBeLessThan(2 ** 32);
    return result(
      BigInt((Math.imul(sum >> unit, multiplier) + Math.floor(product / 2 ** unit) + addend) | 0),
    );
  };
}

/** Compares accumulators with the float form; gives how many escape. */
function compare(
  form: FixedForm,
  to: Requantize,
  channel: number,
  range: { min: number; max: number },
  offset = 0,
): number {
  const evaluate = runner(form, to, channel, offset);
  let escapes = 0;
  for (let acc = range.min; acc <= range.max; acc++) {
    const { output, escapes: escaped } = evaluate(acc);
    if (escaped) escapes++;
    if (escaped && !form.exact[channel]) continue;
    if (output !== requantize(acc, channel, to)) {
      throw new Error(`${form.kind} channel ${channel} at ${acc}: ${output}`);
    }
  }
  return escapes;
}

test.each(["fixed64", "split32"] as const)("%s: exact on every accumulator", (kind) => {
  const next = random(3);
  for (let round = 0; round < 12; round++) {
    const reach = Math.round(2 ** (8 + 3 * next()));
    const scales = [1, 2, 3].map(() => (128 / reach) * (0.5 + next()));
    const to = requantizeTo(round % 2 ? "uint8" : "int8", scales, Math.floor(100 * next()));
    const range = { min: -reach - round, max: reach + 2 * round };
    const form = findFixedForm(kind, to, [range, range, range], 0);
    if (!form) throw new Error(`no form for ${scales}`);
    for (const channel of [0, 1, 2]) {
      compare(form, to, channel, range);
      compare(form, to, channel, { min: range.min, max: range.min + 50 }, 1234567);
      compare(form, to, channel, { min: range.max - 50, max: range.max }, -7654321);
    }
  }
});

// At such ranges many scales have no line, which is what the guard is for.
test.each([
  ["fixed64", 17],
  ["split32", 14],
] as const)("%s, wide accumulators: exact or escaping next to every step", (kind, bits) => {
  const next = random(5);
  let inexact = 0;
  for (let round = 0; round < 5; round++) {
    const reach = 2 ** (bits + round);
    const scales = Array.from({ length: 6 }, () => (128 / reach) * (0.5 + next()));
    const to = requantizeTo("int8", scales, -7);
    const ranges = scales.map(() => ({ min: -3 * reach, max: 2 * reach }));
    const form = findFixedForm(kind, to, ranges, 1 / 64);
    if (!form) throw new Error(`no form for ${scales}`);
    scales.forEach((scale, channel) => {
      let escapes = 0;
      for (let level = -127; level <= 127; level++) {
        const near = Math.round((level - 0.5 + 7) / Math.fround(scale));
        escapes += compare(form, to, channel, { min: near - 2, max: near + 2 });
        compare(form, to, channel, { min: near + 200, max: near + 201 }, 99);
      }
      if (form.exact[channel]) return;
      inexact++;
      expect(escapes).toBeGreaterThan(0);
    });
  }
  expect(inexact).toBeGreaterThan(3);
});

test("a guard that lets too many outputs through is refused", () => {
  // Every second accumulator is a tie.
  const to = requantizeTo("int8", [0.5], 0);
  const range = { min: -200, max: 200 };
  expect(findFixedForm("fixed64", to, [range], 1 / 64)).toBeUndefined();
});

test("a smaller shared shift serves channels of very different scales", () => {
  const to = requantizeTo("int8", [0.2, 1e-5, 1.3e-11, 9e-12, 0, 3e-8], 5);
  const bias = 2 ** 30;
  const ranges = [
    { min: -900, max: 900 },
    { min: -16384, max: 16384 },
    { min: bias - 300, max: bias + 300 },
    { min: -bias - 300, max: -bias + 300 },
    int32Range,
    { min: bias - 300, max: bias + 300 },
  ];
  for (const kind of ["fixed64", "split32"] as const) {
    const form = findFixedForm(kind, to, ranges, 0);
    if (!form) throw new Error(`no ${kind} form`);
    ranges.forEach((range, channel) => {
      compare(form, to, channel, { min: Math.max(range.min, range.max - 1000), max: range.max });
      compare(form, to, channel, { min: range.min, max: Math.min(range.max, range.min + 1000) });
    });
  }
});

test("scales of 0.5 and more leave less than 32 bits to shift", () => {
  const range = { min: -700, max: 700 };
  for (const scale of [0.6, 1, 3.6, 90, 70000]) {
    const to = requantizeTo("uint8", [scale], 100);
    const form = findFixedForm("fixed64", to, [range], 0);
    if (!form) throw new Error(`no form for ${scale}`);
    expect(form.shift).toBeLessThan(32);
    compare(form, to, 0, range);
  }
});

test("outputs of more than 256 values are left to the float form", () => {
  const to = requantizeTo("int16", [2 ** -4], 0);
  expect(findFixedForm("fixed64", to, [{ min: 0, max: 7 }], 0)).toBeUndefined();
});

test("the proof accepts a line exactly if all accumulators agree", () => {
  const next = random(9);
  let accepted = 0;
  for (let round = 0; round < 300; round++) {
    const scale = 0.01 + 0.2 * next();
    const to = requantizeTo("int8", [scale], Math.floor(20 * next()));
    const range = { min: -Math.floor(800 * next()), max: Math.floor(800 * next()) };
    const shift = 18;
    const multiplier = Math.round(scale * 2 ** shift) + Math.floor(3 * next()) - 1;
    const addend = BigInt(to.zeroPoint * 2 ** shift + 2 ** (shift - 1) + Math.floor(4000 * next()) - 2000);
    const form: FixedForm = {
      kind: "fixed64",
      unit: 0,
      shift,
      multipliers: Int32Array.of(multiplier),
      addends: BigInt64Array.of(addend),
      exact: Uint8Array.of(1),
    };
    const evaluate = runner(form, to, 0);
    let equal = true;
    for (let acc = range.min; acc <= range.max && equal; acc++) {
      equal = evaluate(acc).output === requantize(acc, 0, to);
    }
    expect(proveRequantize(form, to, 0, range)).toBe(equal);
    if (equal) accepted++;
  }
  expect(accepted).toBeGreaterThan(10);
  expect(accepted).toBeLessThan(290);
});

test("the proof refuses a sum that overflows int64", () => {
  const to = requantizeTo("int8", [1.1 * 2 ** -22], 0);
  const range = { min: -(2 ** 23), max: 2 ** 23 };
  const form = findFixedForm("fixed64", to, [range], 0)!;
  expect(proveRequantize(form, to, 0, range)).toBe(true);
  const wide: FixedForm = { ...form, addends: BigInt64Array.of(2n ** 63n - 1n) };
  expect(proveRequantize(wide, to, 0, range)).toBe(false);
});
