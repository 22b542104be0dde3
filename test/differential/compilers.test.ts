import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatC } from "../../src/6-emit/format.js";
import { compileObjects, compileOnly } from "../../src/7-verify/compile-c.js";
import { runTool } from "../../src/7-verify/exec.js";
import { undefinedSymbols, unexpectedSymbols } from "../../src/7-verify/measure.js";
import { loadTarget } from "../../src/target/load.js";
import { bundledModels, compileModel, type TestModel } from "../models.js";

const root = mkdtempSync(join(tmpdir(), "vcgen-compilers-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The generated files of a model in a folder of their own. */
async function emitted(model: TestModel, target: string) {
  const { files, program } = await compileModel(model, target);
  const directory = mkdtempSync(join(root, "c-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return { files, program, directory };
}

const targets = ["host", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"];

describe.each(targets)("generated C for %s", (name) => {
  const target = loadTarget(name);

  test.each(bundledModels.map((m) => [m.name, m] as const))("%s", async (_, model) => {
    const { files, directory } = await emitted(model, name);
    const objects = await compileObjects({ target, directory, workDirectory: join(directory, "gcc") });
    expect(unexpectedSymbols(await undefinedSymbols(objects, target), target)).toEqual([]);
    await compileOnly({ target, directory, workDirectory: join(directory, "clang"), compiler: "clang" });
    for (const [file, text] of Object.entries(files)) {
      if (/(?<!_weights)\.[ch]$/.test(file)) expect(await formatC(text)).toBe(text);
    }
    expect((await compileModel(model, name)).files).toEqual(files);
  });
});

test.each(bundledModels.map((m) => [m.name, m] as const))("the header of %s is C++", async (_, model) => {
  const { program, directory } = await emitted(model, "host");
  const use = join(directory, "use.cpp");
  writeFileSync(
    use,
    `#include "${program.name}.h"\nint main() { ${program.name}_context_t ctx; return ${program.name}_init(&ctx, nullptr, 0) == 0; }\n`,
  );
  const flags = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
  const run = await runTool("clang", ["-x", "c++", ...flags, use]);
  expect(run.stderr).toBe("");
  expect(run.exitCode).toBe(0);
});
