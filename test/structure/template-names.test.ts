import { expect, test } from "vitest";
import { bundledModels, compileModel } from "../models.js";
import { missingNames } from "./template-names.js";

const targets = ["host", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"];

test("names that only conditions ask for are found", () => {
  const shared = { loops: [] };
  expect(missingNames("ops/elementwise/open.c", shared)).toEqual([]);
  expect(missingNames("ops/elementwise/open.c", {})).not.toEqual([]);
});

test.each(targets)("templates for %s use only names that their kernels give", async (target) => {
  const missing = new Set<string>();
  const used = new Set<string>();
  for (const model of bundledModels) {
    const { program } = await compileModel(model, target);
    for (const { template, values } of program.functions) {
      used.add(template);
      for (const name of missingNames(`ops/${template}.c`, values)) missing.add(name);
    }
  }
  expect(used.size).toBeGreaterThan(5);
  expect([...missing]).toEqual([]);
});
