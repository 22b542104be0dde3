import { describe, expect, test } from "vitest";
import { countInstructions } from "../../../src/7-verify/count.js";
import { loadTarget } from "../../../src/target/load.js";
import { handwritten, int8s } from "./program.js";

const boards = [
  "cortex-m0plus",
  "cortex-m4",
  "cortex-m7",
  "cortex-m33",
  "cortex-m55",
  "cortex-a53-neon",
  "cortex-a53-aarch64",
];

/** Step k executes `lengths[k]` no-operations: every phase of a tick, and one long run. */
const lengths = [...Array.from({ length: 130 }, (_, k) => k), 1000];
describe.each(boards)("instruction counts on %s", (name) => {
  const target = loadTarget(name);
  test("are exact, by step and in total", async () => {
    const steps = lengths.map(
      (n, k) => `TINY_PROFILE(${k});\n__asm__ volatile(".rept ${n}\\n nop\\n .endr");`,
    );
    const options = handwritten(target, {
      inputs: [{ ctype: "int8_t", bytes: 1 }],
      outputs: [{ ctype: "int8_t", bytes: 1 }],
      body: `y0[0] = x0[0];\n${steps.join("\n")}\nTINY_PROFILE(${lengths.length});\nreturn TINY_OK;`,
    });
    const counts = await countInstructions(options, [int8s(1)]);
    expect(counts.steps).toEqual(lengths);
    const sum = lengths.reduce((a, b) => a + b);
    expect(counts.total).toBeGreaterThan(sum);
    expect(counts.total).toBeLessThan(sum + 40);
  });
});

test("stack is measured, hooks are optional, and counts are the same every time", async () => {
  const options = handwritten(loadTarget("cortex-m4"), {
    inputs: [{ ctype: "int8_t", bytes: 4 }],
    outputs: [{ ctype: "int8_t", bytes: 4 }],
    declarations: `__attribute__((noinline)) static void deep(int8_t *y) {
  volatile int8_t frame[1000];
  for (size_t i = 0; i < 1000; i++) { frame[i] = 1; }
  y[0] = frame[999];
}`,
    body: "(void)x0;\ndeep(y0);\nreturn TINY_OK;",
  });
  const input = [int8s(0, 0, 0, 0)];
  const counts = await countInstructions(options, input);
  expect(counts.steps).toEqual([]);
  expect(counts.stackBytes).toBeGreaterThanOrEqual(1000);
  expect(counts.stackBytes).toBeLessThan(1100);
  expect(await countInstructions(options, input)).toEqual(counts);
});

test("the host counts no instructions", async () => {
  const options = handwritten(loadTarget("host"), { inputs: [], outputs: [], body: "return TINY_OK;" });
  await expect(countInstructions(options, [])).rejects.toThrow("host has no emulator");
});
