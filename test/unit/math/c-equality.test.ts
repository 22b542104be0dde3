import { describe, expect, it } from "vitest";
import { pow } from "../../../src/math/pow.js";
import { renderLibraries, runC } from "../../ops/kernel-harness.js";
import { canonicalBits, floatFunctions, sampleFloats } from "./functions.js";

/** A program that reads floats and writes what each statement makes of them, one block after the other. */
function evaluateInC(
  libraries: readonly string[],
  statements: readonly string[],
  input: Float32Array,
): Float32Array[] {
  const n = input.length;
  const source = `#include <stdint.h>
#include <stdio.h>
${renderLibraries(libraries)}
static float x[${n}];
static float y[${n}];
int main(int argc, char **argv) {
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *out = argc == 3 ? fopen(argv[2], "wb") : NULL;
  if (!in || !out || fread(x, 4, ${n}, in) != ${n}) return 1;
${statements
  .map(
    (s) => `  for (int i = 0; i < ${n}; i++) y[i] = ${s};\n  if (fwrite(y, 4, ${n}, out) != ${n}) return 1;`,
  )
  .join("\n")}
  return fclose(out);
}
`;
  const bytes = runC(source, new Uint8Array(input.buffer), "cc", ["-O2", "-fsanitize=undefined"]);
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return statements.map((_, i) => all.slice(i * n, (i + 1) * n));
}

describe("the C of float32 functions", () => {
  it("is bit-identical to the TypeScript", () => {
    const floats = sampleFloats(26_003);
    const names = floatFunctions.map((f) => f.name);
    const results = evaluateInC(
      names.map((n) => `math/${n}`),
      names.map((n) => `vc_${n}(x[i])`),
      floats,
    );
    floatFunctions.forEach(({ name, compute }, i) => {
      const expected = canonicalBits(floats.map(compute));
      const bad = canonicalBits(results[i]).findIndex((bits, k) => bits !== expected[k]);
      expect(bad < 0 ? "" : `${name}(${floats[bad]}) = ${results[i][bad]}`).toBe("");
    });
  });

  it("is bit-identical for pow and fmod", () => {
    const floats = sampleFloats(20_011);
    const n = floats.length;
    // Pairs of any magnitudes, and pairs of the same few.
    const second = (i: number): number => floats[(i * 7919) % n];
    const statements = ["pow", "fmod"].flatMap((name) => [
      `vc_${name}(x[i], x[((size_t)i * 7919U) % ${n}U])`,
      `vc_${name}(x[i], (float)(i % 37 - 18) * 0.5f)`,
    ]);
    const results = evaluateInC(["math/pow", "math/fmod"], statements, floats);
    const fmod = (x: number, y: number): number => Math.fround(x % y);
    const expected = [pow, fmod].flatMap((f) => [
      floats.map((x, i) => f(x, second(i))),
      floats.map((x, i) => f(x, ((i % 37) - 18) * 0.5)),
    ]);
    statements.forEach((statement, k) => {
      const bits = canonicalBits(expected[k]);
      const bad = canonicalBits(results[k]).findIndex((b, i) => b !== bits[i]);
      expect(bad < 0 ? "" : `${statement} at x = ${floats[bad]} gives ${results[k][bad]}`).toBe("");
    });
  });
});
