import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { render } from "../6-emit/templates.js";
import type { Target } from "../target/target.js";
import { type CompileOptions, compile, compileObjects, compilerFlags, harnessFolder } from "./compile-c.js";
import { readStackUsage, type StackUsage } from "./measure.js";
import { linkerFlags, platformObjects } from "./platform.js";

/** An input or output of `<name>_run`. */
export interface HarnessPort {
  /** Element type as the generated header spells it. */
  readonly ctype: string;
  /** Size of the whole tensor. */
  readonly bytes: number;
}

export interface BuildOptions extends CompileOptions {
  /** Prefix of the generated interface: `<name>.h`, `<name>_init`, `<name>_run`. */
  readonly name: string;
  /** In the order of the parameters of `<name>_run`. */
  readonly inputs: readonly HarnessPort[];
  readonly outputs: readonly HarnessPort[];
  /** Macros for the harness. */
  readonly harnessFlags?: readonly string[];
}

/** Generated code linked with the harness: reads cases from a file, writes outputs to another. */
export interface Program {
  readonly target: Target;
  readonly name: string;
  readonly inputs: readonly HarnessPort[];
  readonly outputs: readonly HarnessPort[];
  readonly workDirectory: string;
  readonly elf: string;
  /** Objects of the generated C, without those of the harness. */
  readonly objects: readonly string[];
  readonly mapFile: string;
  /** Stack frames of the generated functions. */
  readonly stackUsage: readonly StackUsage[];
}

/**
 * Compiles the C in a directory and links it with the harness for the target's board, or for the host.
 * @throws ToolError if a tool is missing or fails
 */
export async function buildProgram(options: BuildOptions): Promise<Program> {
  const { target, name, inputs, outputs, workDirectory } = options;
  const objects = await compileObjects(options);
  const harnessDirectory = join(workDirectory, "harness");
  mkdirSync(harnessDirectory, { recursive: true });
  const harness = join(harnessDirectory, "main.c");
  writeFileSync(harness, render("harness/harness.c", { name, NAME: name.toUpperCase(), inputs, outputs }));
  const elf = join(workDirectory, `${name}.elf`);
  const mapFile = join(workDirectory, `${name}.map`);
  await compile({ target }, [
    ...compilerFlags({ target }),
    ...(options.harnessFlags ?? []),
    ...["-I", options.directory, "-I", harnessFolder, harness],
    ...(await platformObjects(target, harnessDirectory)),
    ...objects,
    ...linkerFlags(target),
    `-Wl,--gc-sections,-Map=${mapFile}`,
    ...["-o", elf],
  ]);
  const stackUsage = options.compiler === "clang" ? [] : readStackUsage(objects);
  return { target, name, inputs, outputs, workDirectory, elf, objects, mapFile, stackUsage };
}
