import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ToolError } from "../diagnostics/diagnostic.js";
import { packageRoot } from "../package-root.js";
import type { Target } from "../target/target.js";
import { firstLines, runTool } from "./exec.js";

type CompilerFamily = "gcc" | "clang";

export interface CompileOptions {
  readonly target: Target;
  /** Holds the generated `.c` and `.h` files; every `.c` is compiled. */
  readonly directory: string;
  /** Where objects go; created if absent. */
  readonly workDirectory: string;
  /** Default `gcc`: the target's own compiler. */
  readonly compiler?: CompilerFamily;
  /** Default `-O2`. */
  readonly optimize?: string;
  readonly extraFlags?: readonly string[];
}

export const harnessFolder = join(packageRoot, "templates", "harness");

/** What generated C must compile under without a word. */
const warningFlags = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

/** Contraction to FMA would round once where the reference rounds twice. */
const languageFlags = ["-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections"];

/**
 * Compiles every `.c` file of a directory to an object.
 * @returns paths of the objects, in the order of their sources' names
 * @throws ToolError with the compiler's first lines, a warning being an error
 */
export async function compileObjects(options: CompileOptions): Promise<string[]> {
  const { directory, workDirectory } = options;
  mkdirSync(workDirectory, { recursive: true });
  const sources = readdirSync(directory)
    .filter((file) => file.endsWith(".c"))
    .sort();
  // All are waited for, also where one fails: the caller may remove the folder they write to.
  const results = await Promise.allSettled(
    sources.map(async (source) => {
      const object = join(workDirectory, `${basename(source, ".c")}.o`);
      const flags = [
        ...compilerFlags(options),
        ...warningFlags,
        "-fstack-usage",
        ...(options.extraFlags ?? []),
      ];
      await compile(options, [...flags, "-I", directory, "-c", join(directory, source), "-o", object]);
      return object;
    }),
  );
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Checks that generated C compiles without warnings. @throws ToolError with the compiler's first lines */
export async function compileOnly(options: CompileOptions): Promise<void> {
  await compileObjects(options);
}

/** Flags for the CPU, the language and the headers; without warnings. */
export function compilerFlags({
  target,
  compiler,
  optimize,
}: Pick<CompileOptions, "target" | "compiler" | "optimize">): string[] {
  const { toolchain } = target;
  const triple = toolPrefix(target).replace(/-$/, "");
  return [
    ...(compiler === "clang" && triple !== "" ? [`--target=${triple}`] : []),
    ...toolchain.flags,
    optimize ?? "-O2",
    ...languageFlags,
    // GCC's own headers and the harness's <string.h>: no C library is needed. -fbuiltin still inlines memcpy.
    ...(target.emulator ? ["-ffreestanding", "-fbuiltin", "-isystem", join(harnessFolder, "include")] : []),
  ];
}

/** Runs the compiler. @throws ToolError if it fails */
export async function compile(
  { target, compiler }: Pick<CompileOptions, "target" | "compiler">,
  args: readonly string[],
): Promise<void> {
  const clang = compiler === "clang";
  const command = clang ? "clang" : target.toolchain.compiler;
  const packages = clang ? ["clang"] : target.toolchain.packages;
  const run = await runTool(command, args, { packages, timeoutSeconds: 600 });
  if (run.exitCode === 0) return;
  const how = run.timedOut
    ? "did not end within 600 s"
    : run.signal
      ? `was ended by ${run.signal}`
      : "failed";
  throw new ToolError(
    `${command} ${how} for ${target.name}\n${firstLines(run.stderr, 12)}`,
    `the command was: ${[command, ...args].join(" ")}`,
  );
}

/** `arm-none-eabi-` of `arm-none-eabi-gcc`: what the toolchain's other commands begin with. Empty for the host. */
export const toolPrefix = (target: Target): string => /^(.*-)gcc$/.exec(target.toolchain.compiler)?.[1] ?? "";
