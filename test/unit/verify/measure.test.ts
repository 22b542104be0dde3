import { describe, expect, test } from "vitest";
import { buildProgram } from "../../../src/7-verify/build.js";
import { compileObjects } from "../../../src/7-verify/compile-c.js";
import { sizes, undefinedSymbols, unexpectedSymbols } from "../../../src/7-verify/measure.js";
import { loadTarget } from "../../../src/target/load.js";
import { handwritten } from "./program.js";

const port = { ctype: "float", bytes: 16 };

test("sizes and stack frames are those of the objects", async () => {
  const options = handwritten(loadTarget("cortex-m4"), {
    inputs: [port],
    outputs: [port],
    declarations: `static const int8_t table[1000] = {1};
static int32_t counter = 5;
static uint8_t scratch[200];`,
    body: `volatile int8_t frame[512];
  frame[0] = table[(size_t)x0[0]];
  scratch[(size_t)x0[0]]++;
  counter++;
  y0[0] = (float)(frame[0] + counter + scratch[(size_t)x0[1]]);
  return TINY_OK;`,
  });
  const program = await buildProgram(options);
  const [size] = await sizes(program.objects, options.target);
  expect(size).toMatchObject({ object: "tiny.o", constants: 1000, data: 4, zeroed: 200 });
  expect(size!.code).toBeGreaterThan(32);
  expect(size!.code).toBeLessThan(256);
  const frames = Object.fromEntries(program.stackUsage.map((use) => [use.function, use.bytes]));
  expect(Object.keys(frames).sort()).toEqual(["tiny_init", "tiny_run"]);
  expect(frames.tiny_run).toBeGreaterThanOrEqual(512);
});

describe("undefined symbols", () => {
  const division = "y0[0] = x0[0] / x0[1];\n  return TINY_OK;";
  const double = "y0[0] = (float)((double)x0[0] * (double)x0[1] + (double)x0[2]);\n  return TINY_OK;";
  const heap = `extern void *malloc(size_t n);
extern float expf(float x);`;
  const calls = "y0[0] = malloc(4) ? expf(x0[0]) : x0[0];\n  return TINY_OK;";
  test.each([
    ["cortex-m0plus", "", division, ["__aeabi_fdiv"], []],
    ["cortex-m4", "", division, [], []],
    [
      "cortex-m4",
      "",
      double,
      ["__aeabi_d2f", "__aeabi_dadd", "__aeabi_dmul", "__aeabi_f2d"],
      ["__aeabi_d2f", "__aeabi_dadd", "__aeabi_dmul", "__aeabi_f2d"],
    ],
    ["cortex-m7", "", double, [], []],
    ["host", heap, calls, ["expf", "malloc"], ["expf", "malloc"]],
  ])("of a program on %s", async (name, declarations, body, all, unexpected) => {
    const target = loadTarget(name);
    const objects = await compileObjects(
      handwritten(target, { inputs: [port], outputs: [port], declarations, body }),
    );
    const names = await undefinedSymbols(objects, target);
    expect(names).toEqual(all);
    expect(unexpectedSymbols(names, target)).toEqual(unexpected);
  });
});
