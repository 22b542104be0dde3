import { expect, test } from "vitest";
import { type BuildOptions, buildProgram, type Program } from "../../../src/7-verify/build.js";
import { compileOnly } from "../../../src/7-verify/compile-c.js";
import { runProgram } from "../../../src/7-verify/run.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { ToolError } from "../../../src/diagnostics/diagnostic.js";
import { loadTarget } from "../../../src/target/load.js";
import type { Target } from "../../../src/target/target.js";
import { handwritten, int8s } from "./program.js";

const port = { ctype: "int8_t", bytes: 4 };
const input = int8s(1, 2, 3, 4);

function copying(target: Target, body: string, declarations = ""): BuildOptions {
  return handwritten(target, {
    inputs: [port],
    outputs: [port],
    declarations,
    body: `  memcpy(y0, x0, 4);\n  ${body}\n  return TINY_OK;`,
  });
}

/** What is said when the program fails on an input that begins with `first`. */
async function failure(program: Program, first = 1, timeoutSeconds = 30): Promise<string> {
  const run = runProgram(program, [[int8s(first, 2, 3, 4)]], { timeoutSeconds });
  const error = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ToolError);
  return (error as ToolError).message;
}

test.each(["host", "cortex-m4"])("the harness on %s reports what a kernel does wrong", async (name) => {
  const body = `switch (x0[0]) {
    case 1: y0[4] = 1; break;
    case 2: *(y0 - 1) = 1; break;
    case 3: ctx->arena[64] = 1; break;
    case 4: ((int8_t *)(uintptr_t)x0)[4] = 1; break;
    case 5: return TINY_ERROR;
    default: break;
  }`;
  const program = await buildProgram(copying(loadTarget(name), body));
  const failed = `tiny on ${name} failed with exit code 1: case 0: `;
  expect(await runProgram(program, [[int8s(0, 2, 3, 4)]])).toEqual([[int8s(0, 2, 3, 4)]]);
  expect(await failure(program, 1)).toBe(`${failed}bytes just outside output 0 were written`);
  expect(await failure(program, 2)).toBe(`${failed}bytes just outside output 0 were written`);
  expect(await failure(program, 3)).toBe(`${failed}bytes just outside the arena were written`);
  expect(await failure(program, 4)).toBe(`${failed}bytes just outside input 0 were written`);
  expect(await failure(program, 5)).toBe(`${failed}tiny_run returned 7`);
});

test("outputs that are not written hold the pattern", async () => {
  const options = handwritten(loadTarget("cortex-m4"), {
    inputs: [port],
    outputs: [port],
    body: "y0[0] = x0[0];\ny0[1] = (int8_t)ctx->arena[3];\nreturn TINY_OK;",
  });
  const outputs = await runProgram(await buildProgram(options), [[input], [input]]);
  const expected = Uint8Array.of(1, 0xa5, 0xa5, 0xa5);
  expect(outputs).toEqual([[expected], [expected]]);
});

// Each family's start-up code and fault handlers: ARMv6-M, ARMv7-M, ARMv8-M, AArch32, AArch64.
test.each([
  ["cortex-m0plus", 8, "udf #0", /HardFault/],
  ["cortex-m4", 8, "udf #0", /HardFault/],
  ["cortex-m55", 0x18000000, "udf #0", /HardFault/],
  ["cortex-a53-neon", 8, "udf #0", /data abort|undefined instruction/],
  ["cortex-a53-aarch64", 8, ".inst 0", /data abort|undefined instruction/],
])("faults on %s are reported", async (name, nowhere, undefinedInstruction, kind) => {
  const declarations = `static volatile int32_t bottom;
static volatile uintptr_t nowhere = ${nowhere}U;
static int32_t deeper(int32_t n) {
  volatile int32_t frame[256];
  frame[0] = n;
  if (n == bottom) { return 0; }
  return deeper(n + 1) + frame[0];
}`;
  const body = `switch (x0[0]) {
    case 1: y0[0] = *(volatile int8_t *)nowhere; break;
    case 2: __asm__ volatile("${undefinedInstruction}"); break;
    case 3: y0[0] = (int8_t)deeper(1); break;
    case 4: y0[0] = (int8_t)*(volatile const int32_t *)(const void *)(x0 + 1); break;
    default: break;
  }`;
  const program = await buildProgram(copying(loadTarget(name), body, declarations));
  const invalid = await failure(program, 1);
  expect(invalid).toMatch(/failed with exit code 3: fault: .*, pc 0x0*[1-9a-f]/);
  expect(invalid).toMatch(kind);
  expect(invalid).toMatch(new RegExp(`address 0x0*${nowhere.toString(16)},`));
  expect(await failure(program, 2)).toMatch(kind);
  expect(await failure(program, 3)).toMatch(/fault: (stack overflow|data abort)/);
  if (name === "cortex-m0plus") expect(await failure(program, 4)).toMatch(/fault: HardFault/);
  else await runProgram(program, [[int8s(4, 2, 3, 4)]]);
});

test.each(["host", "cortex-m4"])("a program that does not end on %s is ended", async (name) => {
  const body = "for (volatile int32_t n = 0; n >= 0;) {}";
  const program = await buildProgram(copying(loadTarget(name), body));
  expect(await failure(program, 1, 2)).toBe(`tiny on ${name} did not end within 2 s`);
});

test("a warning is an error, with the compiler's words and the command", async () => {
  const options = copying(loadTarget("cortex-m4"), "int32_t unused = 300;\ny0[0] = unused;");
  for (const compiler of ["gcc", "clang"] as const) {
    const error = await compileOnly({ ...options, compiler }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ToolError);
    expect((error as ToolError).message).toMatch(/-W(error=)?conversion|-Wimplicit-int-conversion/);
    expect((error as ToolError).hint).toMatch(/^the command was: \S+ .*-mcpu=cortex-m4.*tiny\.c/);
  }
});

test("a missing compiler or emulator is named, with what to install", async () => {
  const good = loadTarget("cortex-m4");
  const noCompiler = { ...good, toolchain: { ...good.toolchain, compiler: "no-such-gcc" } };
  await expect(buildProgram(copying(noCompiler, ""))).rejects.toMatchObject({
    name: "ToolError",
    message: "no-such-gcc is not installed",
    hint: "on Debian or Ubuntu: apt-get install gcc-arm-none-eabi qemu-system-arm",
  });
  expect(toolStatus(noCompiler)).toMatchObject({
    compiler: { command: "no-such-gcc", installed: false },
    ready: false,
    hint: "on Debian or Ubuntu: apt-get install gcc-arm-none-eabi qemu-system-arm",
  });
  const noEmulator = { ...good, emulator: { ...good.emulator!, command: "no-such-qemu" } };
  const program = await buildProgram(copying(noEmulator, ""));
  await expect(runProgram(program, [[input]])).rejects.toThrow("no-such-qemu is not installed");
  expect(toolStatus(noEmulator).ready).toBe(false);
  expect(toolStatus(good)).toMatchObject({ ready: true });
});

test("inputs of the wrong size are refused", async () => {
  const program = await buildProgram(copying(loadTarget("host"), ""));
  await expect(runProgram(program, [[int8s(1)]])).rejects.toThrow("inputs of 1 bytes, expected 4");
});
