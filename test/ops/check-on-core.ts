import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileOnly } from "../../src/7-verify/compile-c.js";
import { toolStatus } from "../../src/7-verify/tools.js";
import type { Kernel } from "../../src/ops/kernel.js";
import type { Reference } from "../../src/ops/op.js";
import { loadTarget } from "../../src/target/load.js";
import type { KernelCase } from "./kernel-harness.js";
import { bits } from "./node-case.js";
import { compileCases, runOnCore } from "./run-on-core.js";

export type CoreCase = Omit<KernelCase, "kernel">;

/**
 * Tests that a target's best kernels for these cases are among `expected`, compute what the reference does
 * under QEMU, and compile without warnings with GCC and Clang.
 */
export function checkOnCore(
  name: string,
  kernels: readonly Kernel[],
  references: Readonly<Record<string, Reference>>,
  cases: readonly CoreCase[],
  expected: readonly string[],
): void {
  const target = loadTarget(name);

  test(`${name}: the reference's bytes from ${expected.join(", ")}`, async () => {
    const { chosen } = await compileCases(cases, kernels, target);
    expect([...new Set(chosen)].sort()).toEqual([...expected].sort());
    if (!toolStatus(target).ready) return;
    const results = await runOnCore(cases, kernels, target);
    cases.forEach(({ op, inputs, attrs }, i) => {
      const about = `${chosen[i]}: ${JSON.stringify({ shapes: inputs.map((t) => t?.shape), ...attrs })}`;
      const right = references[op](inputs, attrs, results[i].length);
      expect(bits(results[i]), about.slice(0, 600)).toEqual(bits(right));
    });
  }, 60_000);

  test.each(["gcc", "clang"] as const)(
    `${name}: compiles without warnings with %s`,
    async (compiler) => {
      if (!toolStatus(target).ready) return;
      const { files } = await compileCases(cases, kernels, target);
      const directory = mkdtempSync(join(tmpdir(), "vcgen-core-"));
      try {
        for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
        const options = { target, directory, workDirectory: join(directory, "objects"), optimize: "-O2" };
        await compileOnly({ ...options, ...(compiler === "clang" && { compiler }) });
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    60_000,
  );
}
