import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runTool } from "../../src/7-verify/exec.js";
import { packageRoot } from "../../src/package-root.js";

const folder = mkdtempSync(join(tmpdir(), "vcgen-firmware-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cmake = (...args: string[]) => runTool("cmake", args, { packages: ["cmake"] });

test("the example firmware builds with CMake and gives the reference's bytes under QEMU", async () => {
  const configured = await cmake("-S", join(packageRoot, "examples/tinyvc"), "-B", folder);
  expect(configured.exitCode, configured.stderr).toBe(0);
  const built = await cmake("--build", folder);
  expect(built.exitCode, built.stdout).toBe(0);
  expect(built.stdout).not.toMatch(/warning/i);
  const run = await cmake("--build", folder, "--target", "simulate");
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/CRC-32 [0-9a-f]{8}.*identical/i);
});
