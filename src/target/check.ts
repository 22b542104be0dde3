import { UsageError } from "../diagnostics/diagnostic.js";
import type { IsaName, Target } from "./target.js";

const isaNames: readonly IsaName[] = ["scalar", "thumb1", "thumb2", "dsp", "mve", "neon", "dotprod", "i8mm"];

/**
 * Checks the contents of a target file.
 * @param file what to call it in messages
 * @throws UsageError naming the field that is wrong and what is expected there
 */
export function checkTarget(value: unknown, file: string): Target {
  const expect = (ok: boolean, field: string, what: string): void => {
    if (!ok) throw new UsageError(`${file}: "${field}" must be ${what}`);
  };
  const record = (v: unknown, field: string, keys: readonly string[]): Record<string, unknown> => {
    expect(typeof v === "object" && v !== null && !Array.isArray(v), field, "an object");
    const object = v as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      expect(keys.includes(key), `${field}.${key}`, `absent: known fields are ${keys.join(", ")}`);
    }
    return object;
  };
  const text = (v: unknown, field: string): void =>
    expect(typeof v === "string" && v !== "", field, "a non-empty string");
  const texts = (v: unknown, field: string): void =>
    expect(Array.isArray(v) && v.every((x) => typeof x === "string"), field, "an array of strings");
  const oneOf = (v: unknown, choices: readonly unknown[], field: string): void =>
    expect(choices.includes(v), field, `one of ${choices.join(", ")}`);

  const fields = ["name", "description", "isas", "features", "toolchain", "emulator"];
  const target = record(value, "target", fields);
  text(target.name, "name");
  text(target.description, "description");
  texts(target.isas, "isas");
  const isas = target.isas as string[];
  for (const isa of isas) oneOf(isa, isaNames, "isas");
  expect(
    isas.at(-1) === "scalar" && new Set(isas).size === isas.length,
    "isas",
    'distinct and end in "scalar"',
  );

  const flags = ["unaligned", "longMultiply", "vectorFloatIsIeee"];
  const features = record(target.features, "features", ["fpu", "bits", ...flags]);
  oneOf(features.fpu, ["none", "single", "double"], "features.fpu");
  oneOf(features.bits, [32, 64], "features.bits");
  for (const flag of flags) oneOf(features[flag], [true, false], `features.${flag}`);

  const toolchain = record(target.toolchain, "toolchain", ["compiler", "flags", "packages"]);
  text(toolchain.compiler, "toolchain.compiler");
  texts(toolchain.flags, "toolchain.flags");
  texts(toolchain.packages, "toolchain.packages");

  if (target.emulator !== undefined) {
    const emulator = record(target.emulator, "emulator", ["command", "arguments", "board"]);
    text(emulator.command, "emulator.command");
    texts(emulator.arguments, "emulator.arguments");
    text(emulator.board, "emulator.board");
  }
  return value as Target;
}
