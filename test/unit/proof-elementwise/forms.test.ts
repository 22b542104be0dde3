import { expect, test } from "vitest";
import { choosePairForm } from "../../../src/proof/elementwise/choose.js";
import type { PairForm } from "../../../src/proof/elementwise/form.js";
import { bytesOf, type PairTable } from "../../../src/proof/elementwise/pair-table.js";
import { proveBinary } from "../../../src/proof/elementwise/prove.js";
import { findRowsForm } from "../../../src/proof/elementwise/rows.js";
import { findSumForm } from "../../../src/proof/elementwise/sum.js";
import { tableOf } from "./pairs.js";

/** Runs a form in the int32 arithmetic of C, where overflow would wrap, and counts outputs that differ. */
function mistakes(table: PairTable, form: PairForm): number {
  const [min, max] = table.y === "int8" ? [-128, 127] : [0, 255];
  const pairs = Array.from(form.exceptions?.pairs ?? []);
  const low = form.exceptions ? (1 << form.shift) - (1 << form.exceptions.from) : 0;
  let count = 0;
  for (const a of bytesOf(table.a)) {
    for (const b of bytesOf(table.b)) {
      const index = (a & 255) * 256 + (b & 255);
      let sum: number;
      if (form.kind === "sum") {
        sum = (((Math.imul(a, form.slopeA) + form.addend) | 0) + Math.imul(b, form.slopeB)) | 0;
      } else if (form.kind === "product") {
        const p = Math.imul(a - form.zeroA, b - form.zeroB);
        const x = (Math.imul(p, 2 ** form.up) + form.addend) | 0;
        sum = Number((BigInt(x) * BigInt(form.multiplier)) >> 32n);
      } else {
        const [row, x] = form.rows === "a" ? [a & 255, b] : [b & 255, a];
        sum = (Math.imul(x, form.slopes[row]) + form.addends[row]) | 0;
      }
      if (form.even) sum = (sum + ((sum >> form.shift) & 1)) | 0;
      if (form.exceptions && (sum & low) === 0 && pairs.includes(index)) sum -= 1 << form.shift;
      const y = Math.min(Math.max(sum >> form.shift, min), max);
      if (y !== table.outputs[index]) count++;
    }
  }
  return count;
}

const signed = ["int8", "int8", "int8"] as const;
const mixed = ["uint8", "int8", "uint8"] as const;

test.each([
  [0.71300913, 0.28712391, -3.2, signed],
  [1.3107391, 0.0440911, 17, mixed],
  [0.9991, 1.0007, 128.4, ["uint8", "uint8", "uint8"]],
  [2.90331, 3.10717, -100, signed],
] as const)("a sum %s a + %s b + %s in int32", (ratioA, ratioB, constant, types) => {
  const table = tableOf(types, (a, b) => a * ratioA + b * ratioB + constant);
  const form = findSumForm(table, ratioA, ratioB);
  if (!form) throw new Error("no form");
  expect(mistakes(table, form)).toBe(0);
});

test.each([
  ["a product", (a: number, b: number) => (a - 3) * (b + 11) * 0.0137 - 5, signed],
  ["a difference", (a: number, b: number) => a * 0.61033 - b * 0.59071 + 40, mixed],
  ["a quotient by a row", (a: number, b: number) => (b * 9.1) / (Math.abs(a) + 1.7), signed],
  ["a table beside a line", (a: number, b: number) => 100 * Math.sin(a) + 0.30107 * b, signed],
] as const)("%s is a line in one operand", (_, f, types) => {
  const table = tableOf(types, f);
  const form = findRowsForm(table);
  if (!form) throw new Error("no form");
  expect(mistakes(table, form)).toBe(0);
});

test("what is no line in either operand has no form", () => {
  expect(findRowsForm(tableOf(signed, (a, b) => a * a * 0.01 + b * b * 0.01))).toBeUndefined();
  // Ties go to even outputs.
  const halves = tableOf(signed, (a, b) => (a + b) / 2);
  expect(findRowsForm(halves)).toBeUndefined();
  expect(findSumForm(halves, 0.5, 0.5)).toBeUndefined();
});

/** Float32 arithmetic in which ties go either way by rounding noise. */
const noisy = (ratioA: number, ratioB: number, constant: number) => {
  const f = Math.fround;
  return (a: number, b: number) => f(f(a * f(ratioA)) + f(f(b * f(ratioB)) + f(constant)));
};

test.each([
  ["halves of sums", (a: number, b: number) => (a + b) / 2 + 1, { ratioA: 0.5, ratioB: 0.5, constant: 1 }],
  ["tenths", noisy(0.1, 0.7, 3.5), { ratioA: 0.1, ratioB: 0.7, constant: 3.5 }],
] as const)("%s, which have ties: the formula with halves to even, or with exceptions", (_, f, numbers) => {
  const table = tableOf(signed, f);
  const form = choosePairForm(table, { kind: "sum", ...numbers }, true);
  if (!form) throw new Error("no form");
  expect(mistakes(table, form)).toBe(0);
  expect(form.even).toBe(numbers.ratioA === 0.5);
  expect(form.exceptions !== undefined).toBe(numbers.ratioA !== 0.5);
});

test("a product in the upper half of 64 bits, or in lines where there are none", () => {
  const formula = { kind: "product", zeroA: 121, zeroB: -9, ratio: 0.00871303, constant: 13 } as const;
  const table = tableOf(mixed, (a, b) =>
    Math.fround(Math.fround((a - 121) * (b + 9) * Math.fround(formula.ratio)) + 13),
  );
  const [product, lines] = [true, false].map((high) => choosePairForm(table, formula, high)!);
  expect([product.kind, lines.kind]).toEqual(["product", "rows"]);
  expect([mistakes(table, product), mistakes(table, lines)]).toEqual([0, 0]);
  if (product.kind !== "product") return;
  // With the other addend, the last shift rounds.
  const rounding = { ...product, addend: product.roundedAddend };
  expect(mistakes(table, rounding)).toBeGreaterThan(0);
  const half = 2 ** (product.shift - 1);
  let wrong = 0;
  for (let a = 0; a < 256; a++) {
    for (let b = -128; b < 128; b++) {
      const x = (a - 121) * (b + 9) * 2 ** product.up + product.roundedAddend;
      const high = Number((BigInt(x) * BigInt(product.multiplier)) >> 32n);
      const y = Math.min(Math.max((high + half) >> product.shift, 0), 255);
      if (y !== table.outputs[a * 256 + (b & 255)]) wrong++;
    }
  }
  expect(wrong).toBe(0);
});

test("a product with ties", () => {
  const numbers = { zeroA: 7, zeroB: -5, constant: 10 };
  const product = (ratio: number) => (a: number, b: number) =>
    Math.fround(Math.fround((a - 7) * (b + 5) * Math.fround(ratio)) + 10);
  for (const ratio of [0.05, 2 ** -5]) {
    const table = tableOf(signed, product(ratio));
    const form = choosePairForm(table, { kind: "product", ratio, ...numbers }, true);
    if (!form) throw new Error("no form");
    expect(form.kind).toBe("rows");
    expect(mistakes(table, form)).toBe(0);
  }
});

test("a formula that the outputs do not follow has no form", () => {
  const table = tableOf(signed, (a, b) => a * a * 0.01 + b * b * 0.01);
  expect(choosePairForm(table, { kind: "sum", ratioA: 0.7, ratioB: 0.7, constant: 0 }, true)).toBeUndefined();
});

test("the proof sees a single wrong pair, and overflow that happens to come out right", () => {
  const table = tableOf(signed, (a, b) => a * 0.71300913 + b * 0.28712391);
  const form = findSumForm(table, 0.71300913, 0.28712391)!;
  expect(proveBinary(table, form)).toBe(true);
  const outputs = table.outputs.slice();
  outputs[40000] += outputs[40000] < 100 ? 1 : -1;
  expect(proveBinary({ ...table, outputs }, form)).toBe(false);
  const wrapped = { ...form, addend: form.addend + 2 ** 32 };
  expect(proveBinary(table, wrapped)).toBe(false);
});
