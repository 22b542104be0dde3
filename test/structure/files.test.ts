import { expect, test } from "vitest";
import { listTargets } from "../../src/target/load.js";
import { filesBelow, textOf } from "./sources.js";

/** Longest a source file may be, and where the reader is better served by more. */
const maxLines = 300;
const longer: Readonly<Record<string, string>> = {
  "src/ops/registry.ts": "generated",
};

test(`source files have at most ${maxLines} lines`, () => {
  const lines = (file: string) => textOf(file).split("\n").length - 1;
  const files = [...filesBelow("src", ".ts"), ...filesBelow("templates", ".hbs")];
  const long = files.filter((file) => lines(file) > 250 && !(file in longer));
  for (const file of long) process.stdout.write(`${file}: ${lines(file)} lines, more than 250\n`);
  expect(long.filter((file) => lines(file) > maxLines)).toEqual([]);
});

test("every target file is valid", () => {
  const names = listTargets().map(({ name }) => name);
  expect(names).toHaveLength(filesBelow("targets", ".json").length);
  for (const name of ["host", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"])
    expect(names).toContain(name);
});
