import { expect, test } from "vitest";
import { bundledModels, compileModel } from "../models.js";
import { NameUse, noteNames } from "./template-names.js";

const targets = ["host", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"];

test("a name that only a loop asks for is found missing", () => {
  const use = new NameUse();
  noteNames("ops/elementwise/open.c", {}, use);
  expect(use.missing).toEqual(["ops/elementwise/open.c: loops"]);
  noteNames("ops/elementwise/open.c", { loops: [{ counter: "i", count: 3 }] }, use);
  expect(use.missing).toEqual([]);
});

test("templates use only names that their kernels give", async () => {
  const use = new NameUse();
  const used = new Set<string>();
  for (const target of targets) {
    for (const model of bundledModels) {
      const { program } = await compileModel(model, target);
      for (const { template, values } of program.functions) {
        used.add(template);
        noteNames(`ops/${template}.c`, values, use);
      }
    }
  }
  expect(used.size).toBeGreaterThan(15);
  expect(use.missing).toEqual([]);
});
