import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/diagnostics/diagnostic.js";
import { checkTarget } from "../../../src/target/check.js";
import { listTargets, loadTarget } from "../../../src/target/load.js";

const good = loadTarget("cortex-m4");

describe("target files", () => {
  test("are these", () => {
    expect(listTargets().map((t) => `${t.name}: ${t.isas.join(" ")}`)).toEqual([
      "armv8.6-i8mm-aarch64: i8mm dotprod neon scalar",
      "cortex-a7-neon: neon scalar",
      "cortex-a9-neon: neon scalar",
      "cortex-a53-aarch64: neon scalar",
      "cortex-a53-neon: neon scalar",
      "cortex-a55-aarch64: dotprod neon scalar",
      "cortex-a76-aarch64: dotprod neon scalar",
      "cortex-m0plus: thumb1 scalar",
      "cortex-m3: thumb2 scalar",
      "cortex-m4: dsp scalar",
      "cortex-m7: dsp scalar",
      "cortex-m33: dsp scalar",
      "cortex-m55: mve dsp scalar",
      "host: scalar",
    ]);
  });

  test("run under an emulator, the host excepted", () => {
    expect(
      listTargets()
        .filter((t) => !t.emulator)
        .map((t) => t.name),
    ).toEqual(["host"]);
  });
});

describe("loadTarget", () => {
  test.each([
    ["cortex-a53", /did you mean cortex-a53-/],
    ["cortex-m5", /did you mean cortex-m55\?/],
    ["Cortex-M55", /did you mean cortex-m55\?/],
    ["host ", /did you mean host\?/],
  ])("suggests for %s", (name, message) => {
    expect(() => loadTarget(name)).toThrow(message);
  });

  test("lists what there is", () => {
    try {
      loadTarget("riscv");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).message).toBe('unknown target "riscv"');
      expect((error as UsageError).hint).toMatch(/cortex-m0plus, .*host$/);
    }
  });

  test("does not leave the folder", () => {
    expect(() => loadTarget("../package")).toThrow(UsageError);
  });
});

describe("checkTarget", () => {
  test.each([
    ["a list", [], '"target" must be an object'],
    ["an unknown field", { ...good, cpu: "m4" }, '"target.cpu" must be absent'],
    ["no name", { ...good, name: "" }, '"name" must be a non-empty string'],
    ["an unknown ISA", { ...good, isas: ["sve", "scalar"] }, '"isas" must be one of scalar'],
    ["no scalar fallback", { ...good, isas: ["dsp"] }, 'end in "scalar"'],
    [
      "an unknown FPU",
      { ...good, features: { ...good.features, fpu: "half" } },
      '"features.fpu" must be one of',
    ],
    ["a word size as text", { ...good, features: { ...good.features, bits: "32" } }, '"features.bits"'],
    ["flags as text", { ...good, toolchain: { ...good.toolchain, flags: "-O2" } }, '"toolchain.flags"'],
    ["no board", { ...good, emulator: { command: "qemu", arguments: [] } }, '"emulator.board"'],
  ])("refuses %s", (_, value, message) => {
    expect(() => checkTarget(value, "targets/x.json")).toThrow(message);
  });
});
