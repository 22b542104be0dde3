import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../diagnostics/diagnostic.js";
import { packageRoot } from "../package-root.js";
import { checkTarget } from "./check.js";
import { closest } from "./closest.js";
import type { Target } from "./target.js";

const folder = join(packageRoot, "targets");

/** Names of all targets, alphabetical, numbers by value: one for each file in `targets/`. */
function targetNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

export function listTargets(): Target[] {
  return targetNames().map(read);
}

/** @throws UsageError for a name without a file in `targets/`, naming those there are. */
export function loadTarget(name: string): Target {
  const names = targetNames();
  if (names.includes(name)) return read(name);
  const near = closest(name, names);
  throw new UsageError(
    `unknown target "${name}"${near ? `; did you mean ${near}?` : ""}`,
    `known targets: ${names.join(", ")}`,
  );
}

function read(name: string): Target {
  const file = `targets/${name}.json`;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  } catch (error) {
    throw new UsageError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  const target = checkTarget(value, file);
  if (target.name !== name) throw new UsageError(`${file}: "name" is "${target.name}", expected "${name}"`);
  return target;
}
