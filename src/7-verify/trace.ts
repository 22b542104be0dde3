import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./build.js";
import { harnessFolder } from "./compile-c.js";
import { runTool } from "./exec.js";
import { symbolsOf } from "./measure.js";
import { inRunFolder } from "./run.js";

/** What a step does to memory in one run, as QEMU saw it. */
export interface StepTrace {
  /** Bytes that its instructions load: activations, weights, tables, constants in the code, and its stack. */
  readonly loadedBytes: number;
  /** Deepest stack while it runs, from the caller of `<name>_run` on; pushes of inline assembly included. */
  readonly stackBytes: number;
}

/**
 * Runs a program with the `<NAME>_PROFILE` hook under a plugin of QEMU that sees all accesses to memory.
 * Undefined where this machine has no C compiler to build the plugin with, or a QEMU that takes none.
 */
export async function traceSteps(
  program: Program,
  inputs: readonly Uint8Array[],
): Promise<StepTrace[] | undefined> {
  const plugin = join(program.workDirectory, "trace.so");
  const built = await runTool("cc", [
    "-O2",
    "-shared",
    "-fPIC",
    join(harnessFolder, "trace.c"),
    "-o",
    plugin,
  ]).catch(() => undefined);
  if (built?.exitCode !== 0) return undefined;
  const symbols = new Map((await symbolsOf([program.elf], program.target)).map((s) => [s.name, s]));
  // Bit 0 of the address of a Thumb function says that it is one.
  const address = (name: string) => symbols.get(name)!.address - (symbols.get(name)!.address % 2);
  const skip = ["harness_stamp", "platform_clock"].map(
    (name) => `skip=${address(name)}:${address(name) + symbols.get(name)!.bytes}`,
  );
  const options = [
    plugin,
    `stamp=${address("harness_stamp")}`,
    `stack=${address("stack_limit")}:${address("stack_top")}`,
    ...skip,
    "out=trace.txt",
  ];
  const emulatorArguments = ["-plugin", options.join(",")];
  return inRunFolder(program, [inputs], { emulatorArguments }, (folder) => {
    const file = join(folder, "trace.txt");
    return existsSync(file) ? parseTrace(readFileSync(file, "utf8")) : undefined;
  }).catch(() => undefined);
}

/** A line for each span between stamps: none, the call up to the first hook, every step, the return. */
function parseTrace(text: string): StepTrace[] {
  const [, call, ...spans] = text
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
  const caller = call![2]!;
  return spans.slice(0, -1).map(([loadedBytes = 0, lowest = 0]) => ({
    loadedBytes,
    stackBytes: lowest > 0 ? caller - lowest : 0,
  }));
}
