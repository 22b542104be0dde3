import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.js";
import { filesBelow, importsOf, textOf } from "./sources.js";

const common = ["ir", "ops", "isa", "target", "diagnostics", "math", "package-root.ts"];

/** What each part of `src` may import beside itself; stages also import those with lower numbers. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  math: [],
  "package-root.ts": [],
  isa: [],
  target: ["diagnostics", "isa", "package-root.ts"],
  ir: ["diagnostics"],
  proof: ["ir", "math", "ops"],
  ops: ["ir", "math", "isa", "target", "diagnostics", "proof"],
  reference: ["diagnostics", "ir", "ops"],
  files: ["1-import", "diagnostics", "ir"],
  "1-import": common,
  "2-quantize": common,
  "3-legalize": common,
  "4-schedule": [...common, "proof"],
  "5-lower": [...common, "proof"],
  "6-emit": common,
  // Verification runs the whole pipeline and the reference.
  "7-verify": [...common, "compile.ts", "reference", "files"],
};

const partOf = (file: string): string => file.split("/")[1];
const stageOf = (part: string): number => Number(/^(\d)-/.exec(part)?.[1] ?? Number.NaN);

test("stages import only lower-numbered stages and the common parts", () => {
  const wrong = filesBelow("src", ".ts").flatMap((file) => {
    const part = partOf(file);
    const list = allowed[part];
    if (!list) return [];
    return importsOf(file)
      .filter((imported) => {
        const other = partOf(imported);
        return other !== part && !list.includes(other) && !(stageOf(other) < stageOf(part));
      })
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(wrong).toEqual([]);
});

test("every folder of src has its place in these rules, but the commands", () => {
  const folders = new Set(filesBelow("src", ".ts").map(partOf));
  const known = new Set([...Object.keys(allowed), "cli"]);
  expect([...folders].filter((part) => !part.endsWith(".ts") && !known.has(part))).toEqual([]);
});

test("imports name files that exist", () => {
  const missing = filesBelow("src", ".ts").flatMap((file) =>
    importsOf(file)
      .filter((imported) => !existsSync(join(packageRoot, imported)))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(missing).toEqual([]);
});

test("only commands write to the console", () => {
  const talks = filesBelow("src", ".ts").filter(
    (file) => partOf(file) !== "cli" && file !== "src/cli.ts" && /\bconsole\./.test(textOf(file)),
  );
  expect(talks).toEqual([]);
});
