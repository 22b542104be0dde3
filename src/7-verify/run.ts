import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ToolError } from "../diagnostics/diagnostic.js";
import type { Program } from "./build.js";
import { firstLines, runTool, type ToolRun } from "./exec.js";

export interface RunOptions {
  /** Cases go on with the state that the one before left, as in a stream. Default: each starts afresh. */
  readonly keepState?: boolean;
  /** Default 600. */
  readonly timeoutSeconds?: number;
  /** Further arguments for the emulator. */
  readonly emulatorArguments?: readonly string[];
}

/**
 * Runs a program on cases: for each the bytes of its inputs, in the order of the C parameters.
 * @returns for each case the bytes of the outputs, each in an ArrayBuffer of its own
 * @throws ToolError if the program does not end, faults, reports an error, or writes outside its buffers
 */
export async function runProgram(
  program: Program,
  cases: readonly (readonly Uint8Array[])[],
  options: RunOptions = {},
): Promise<Uint8Array[][]> {
  return inRunFolder(program, cases, options, (folder) =>
    splitOutputs(program, new Uint8Array(readFileSync(join(folder, "output.bin"))), cases.length),
  );
}

/** Runs a program in a folder of its own, hands over the folder, and removes it. */
export async function inRunFolder<T>(
  program: Program,
  cases: readonly (readonly Uint8Array[])[],
  options: RunOptions,
  collect: (folder: string) => T,
): Promise<T> {
  const { target, elf, workDirectory } = program;
  const folder = mkdtempSync(join(workDirectory, "run-"));
  try {
    writeFileSync(join(folder, "input.bin"), inputFile(program, cases, options.keepState ?? false));
    const { emulator } = target;
    const command = emulator?.command ?? elf;
    const args = emulator
      ? [...emulator.arguments, ...emulatorFlags, ...(options.emulatorArguments ?? []), "-kernel", elf]
      : [];
    const timeoutSeconds = options.timeoutSeconds ?? 600;
    const run = await runTool(command, args, {
      directory: folder,
      timeoutSeconds,
      packages: target.toolchain.packages,
    });
    const failure = failureOf(run, timeoutSeconds);
    if (failure !== undefined || !existsSync(join(folder, "output.bin"))) {
      throw new ToolError(
        `${program.name} on ${target.name} ${failure ?? "wrote no output"}`,
        `the command was: ${[command, ...args].join(" ")}`,
      );
    }
    return collect(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const emulatorFlags = [
  ...["-display", "none", "-monitor", "none", "-serial", "none"],
  ...["-semihosting-config", "enable=on,target=native"],
];

/** What went wrong, in the words of the harness if it had any. */
function failureOf(run: ToolRun, timeoutSeconds: number): string | undefined {
  // QEMU ends in good order, with exit code 0, when it is told to stop.
  if (run.timedOut) return `did not end within ${timeoutSeconds} s`;
  if (run.exitCode === 0) return undefined;
  const said = [run.stderr, run.stdout].filter((text) => text !== "").join("\n");
  const how = run.signal ? `crashed with ${run.signal}` : `failed with exit code ${run.exitCode}`;
  return said === "" ? how : `${how}: ${firstLines(said, 8)}`;
}

/** The format of input.bin: see templates/harness/harness.c.hbs. */
function inputFile(
  { name, inputs }: Program,
  cases: readonly (readonly Uint8Array[])[],
  keepState: boolean,
): Uint8Array {
  const parts = cases.flatMap((values, index) => {
    const header = new Uint8Array(16);
    header[0] = keepState && index > 0 ? 0 : 1;
    const expected = inputs.map((port) => port.bytes);
    const given = values.map((value) => value.byteLength);
    if (given.join() !== expected.join()) {
      throw new RangeError(
        `case ${index} of ${name}: inputs of ${given.join(", ")} bytes, expected ${expected.join(", ")}`,
      );
    }
    return [header, ...values];
  });
  return Buffer.concat(parts);
}

function splitOutputs(program: Program, bytes: Uint8Array, count: number): Uint8Array[][] {
  const perCase = program.outputs.reduce((sum, port) => sum + port.bytes, 0);
  if (bytes.length !== perCase * count) {
    throw new ToolError(
      `${program.name} on ${program.target.name} wrote ${bytes.length} bytes, expected ${perCase * count}`,
    );
  }
  let at = 0;
  return Array.from({ length: count }, () =>
    program.outputs.map((port) => {
      at += port.bytes;
      return bytes.slice(at - port.bytes, at);
    }),
  );
}
