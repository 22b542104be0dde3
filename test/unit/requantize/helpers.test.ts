import { expect, test } from "vitest";
import { requantize } from "../../../src/ops/requantize.js";
import { findFixedForm } from "../../../src/proof/requantize/fixed.js";
import { foldOffsets } from "../../../src/proof/requantize/form.js";
import { renderLibraries, runC } from "../../ops/kernel-harness.js";
import { random, requantizeTo } from "./random.js";

/** Runs `expression` in C, with int32_t in[], for each record of `width` int32 numbers. */
function evaluate(
  libraries: readonly string[],
  expression: string,
  width: number,
  records: Int32Array,
): Int32Array {
  const source = `
#include <stdint.h>
#include <stdio.h>
${renderLibraries(libraries)}
int main(int argc, char **argv) {
  FILE *input = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *output = argc == 3 ? fopen(argv[2], "wb") : NULL;
  int32_t in[${width}];
  if (!input || !output) return 1;
  while (fread(in, sizeof in, 1, input) == 1) {
    const int32_t y = ${expression};
    if (fwrite(&y, sizeof y, 1, output) != 1) return 1;
  }
  return fclose(output) == 0 ? 0 : 1;
}
`;
  const flags = ["-fsanitize=undefined", "-fno-sanitize-recover=all"];
  const bytes = runC(source, new Uint8Array(records.buffer), "cc", flags);
  return new Int32Array(bytes.buffer);
}

const bitsOf = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0];

test("the emulation equals float32 arithmetic, at random and next to every tie", () => {
  const next = random(11);
  const cases: { acc: number; scale: number; zeroPoint: number; limits: readonly [number, number] }[] = [];
  const limits = [
    [-128, 127],
    [0, 255],
    [-32768, 32767],
    [3, 90],
  ] as const;
  const add = (acc: number, scale: number) => {
    if (acc < -(2 ** 31) || acc >= 2 ** 31) return;
    const [low, high] = limits[cases.length % 4];
    const zeroPoint = low + Math.floor((high - low + 1) * next());
    cases.push({ acc, scale: Math.fround(scale), zeroPoint, limits: [low, high] });
  };
  for (let i = 0; i < 40000; i++)
    add(Math.floor((2 * next() - 1) * 2 ** (32 * next())), 2 ** (-42 * next() + 8));
  for (let i = 0; i < 4000; i++) {
    const scale = Math.fround(2 ** (-30 * next()));
    const near = Math.round((Math.floor(600 * next()) - 300.5) / scale);
    for (const step of [-130, -64, -1, 0, 1, 65, 129]) add(near + step, scale);
  }
  for (const scale of [
    0,
    1e-45,
    2 ** -149,
    2 ** -126,
    2 ** -127,
    2 ** -31,
    2 ** -24,
    0.25,
    0.5,
    1,
    1.5,
    3e38,
  ]) {
    for (const acc of [0, 1, -1, 2, 3, -3, 2 ** 24 - 1, 2 ** 24 + 1, 2 ** 25 + 3, 2 ** 31 - 1, -(2 ** 31)]) {
      add(acc, scale);
    }
    for (const power of [23, 24, 25, 29, 30]) add(3 * 2 ** (power - 1) + 1, scale);
  }
  const records = cases.flatMap((c) => [c.acc, bitsOf(c.scale), c.zeroPoint, ...c.limits]);
  const call = "vc_requantize_emulate(in[0], (uint32_t)in[1], in[2], in[3], in[4])";
  const results = evaluate(["requantize/emulate"], call, 5, Int32Array.from(records));
  expect(results).toHaveLength(cases.length);
  cases.forEach(({ acc, scale, zeroPoint, limits: [min, max] }, i) => {
    const to = { ...requantizeTo("int16", [scale], zeroPoint), min, max };
    const expected = requantize(acc, 0, to);
    if (results[i] !== expected) expect.fail(`${acc} * ${scale}: ${results[i]}, expected ${expected}`);
  });
});

// Scales that need a shift above 32, one below 32, and the guard.
test.each([
  ["fixed64", [0.00317], 60000],
  ["fixed64", [0.61], 3000],
  ["fixed64", [2 ** -10], 200000],
  ["split32", [0.0177], 12000],
  ["split32", [2 ** -10], 200000],
] as const)("%s with scale %s in C: the forms that were proven", (kind, scales, reach) => {
  const offset = 4321;
  const to = requantizeTo("uint8", scales, 131, [7, 250]);
  const range = { min: -reach, max: reach };
  const form = findFixedForm(kind, to, [range], 1 / 32);
  if (!form) throw new Error("no form");
  const [addend] = foldOffsets(form, [offset]);
  const { shift, unit, guard } = form;
  const [multiplier] = form.multipliers;
  const limits = `${to.min}, ${to.max}`;
  const high =
    kind === "fixed64"
      ? `vc_fixed64_high(in[0], ${multiplier}, INT64_C(${addend}))`
      : `vc_split32_high(in[0], ${multiplier}, ${addend}, ${unit})`;
  const output =
    kind === "split32"
      ? `vc_clamp(vc_shift_right(${high}, ${shift}), ${limits})`
      : `vc_fixed64_output${shift < 32 ? "_low" : ""}(${high}, ${shift}, ${limits})`;
  const escapes = guard ? `vc_${kind}_escapes(${high}, ${guard.from}, ${guard.to}) ? -1 : ` : "";
  const libraries =
    kind === "split32"
      ? ["requantize/split32-high", "requantize/clamp", "requantize/shift-right"]
      : ["requantize/fixed64-high", `requantize/fixed64-output${shift < 32 ? "-low" : ""}`];
  if (guard) libraries.push(`requantize/${kind}-escapes`);

  const sums = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach - offset);
  const results = evaluate(libraries, escapes + output, 1, sums);
  let escaped = 0;
  results.forEach((result, i) => {
    if (result === -1) escaped++;
    else if (result !== requantize(sums[i] + offset, 0, to)) expect.fail(`${result} at ${sums[i]}`);
  });
  expect(results).toHaveLength(sums.length);
  expect(escaped > 0).toBe(guard !== undefined);
  expect(escaped / sums.length).toBeLessThan(1 / 32);
});
