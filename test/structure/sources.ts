import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { packageRoot } from "../../src/package-root.js";

/** Paths of the files below a folder of the package, relative to the package, with this ending; sorted. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();
}

export const textOf = (file: string): string => readFileSync(join(packageRoot, file), "utf8");

/** The files of `src` that a source file imports, dynamic imports included. */
export function importsOf(file: string): string[] {
  const specifiers = [...textOf(file).matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, s]) => s);
  return specifiers.map((s) => normalize(join(dirname(file), s)).replace(/\.js$/, ".ts"));
}
