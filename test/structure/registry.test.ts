import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { opRegistry, references } from "../../src/ops/registry.js";
import { packageRoot } from "../../src/package-root.js";
import { textOf } from "./sources.js";

const folder = mkdtempSync(join(tmpdir(), "vcgen-registry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("src/ops/registry.ts is what npm run gen writes", () => {
  mkdirSync(join(folder, ".ci"));
  cpSync(join(packageRoot, ".ci/generate-registry.mjs"), join(folder, ".ci/generate-registry.mjs"));
  cpSync(join(packageRoot, "src/ops"), join(folder, "src/ops"), { recursive: true });
  for (const name of ["node_modules", "package.json"])
    symlinkSync(join(packageRoot, name), join(folder, name));
  execFileSync("node", [join(folder, ".ci/generate-registry.mjs")]);
  const written = readFileSync(join(folder, "src/ops/registry.ts"), "utf8");
  const biome = join(packageRoot, "node_modules/.bin/biome");
  const formatted = execFileSync(biome, ["check", "--write", "--stdin-file-path=src/ops/registry.ts"], {
    cwd: packageRoot,
    input: written,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  expect(textOf("src/ops/registry.ts")).toBe(formatted);
});

/** Known only to be refused with advice: what they give differs from run to run. */
const random = /^(Bernoulli|Multinomial|Random(Normal|Uniform)(Like)?)$/;

test("every operator but kernel-stage ones has a reference", () => {
  const missing = [...opRegistry.keys()].filter(
    (op) => !/^vcgen\./.test(op) && !random.test(op) && !references.has(op),
  );
  expect(missing).toEqual([]);
});

test("every reference belongs to an operator", () => {
  expect([...references.keys()].filter((op) => !opRegistry.has(op))).toEqual([]);
});
