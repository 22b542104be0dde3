import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../diagnostics/diagnostic.js";
import { type BuildOptions, buildProgram } from "./build.js";
import { harnessFolder } from "./compile-c.js";
import { inRunFolder, type RunOptions } from "./run.js";

/** Instructions as QEMU executes them: exact and the same every time, but not cycles. */
export interface InstructionCounts {
  /** One call of `<name>_run`, arguments and return included. */
  readonly total: number;
  /** By step of the generated code, each with its call. */
  readonly steps: readonly number[];
  /** Deepest stack that the call used, in bytes. */
  readonly stackBytes: number;
}

/**
 * Counts instructions of one run with the given inputs. Builds twice: as it is for `total`, and with the
 * generated code's `<NAME>_PROFILE(step)` hook for `steps`.
 * @throws UsageError for a target without emulator, ToolError as `buildProgram` and `runProgram`
 */
export async function countInstructions(
  options: BuildOptions,
  inputs: readonly Uint8Array[],
  run: RunOptions = {},
): Promise<InstructionCounts> {
  if (!options.target.emulator) {
    throw new UsageError(
      `${options.target.name} has no emulator to count instructions with`,
      "choose one of the Cortex targets",
    );
  }
  const hook = `-D${options.name.toUpperCase()}_PROFILE(step)=harness_stamp()`;
  const header = ["-DHARNESS_COUNT", "-include", join(harnessFolder, "harness.h")];
  const [plain, profiled] = await Promise.all([
    stampsOf("count", [], options, inputs, run),
    stampsOf("profile", [...header, hook], options, inputs, run),
  ]);
  return {
    total: plain.spans[0]!,
    // The first span is from the call to the first hook, the last from the last hook to the return.
    steps: profiled.spans.slice(1, -1),
    stackBytes: plain.stackBytes,
  };
}

interface Stamps {
  readonly stackBytes: number;
  /** Instructions from each stamp to the next, without what stamping itself costs. */
  readonly spans: readonly number[];
}

async function stampsOf(
  folder: string,
  flags: readonly string[],
  options: BuildOptions,
  inputs: readonly Uint8Array[],
  run: RunOptions,
): Promise<Stamps> {
  const program = await buildProgram({
    ...options,
    workDirectory: join(options.workDirectory, folder),
    extraFlags: [...(options.extraFlags ?? []), ...flags],
    harnessFlags: [...(options.harnessFlags ?? []), "-DHARNESS_COUNT"],
  });
  const emulatorArguments = [...(run.emulatorArguments ?? []), "-icount", "shift=0"];
  return inRunFolder(program, [inputs], { ...run, emulatorArguments }, (at) =>
    parseStamps(readFileSync(join(at, "counts.bin"))),
  );
}

/** The format of counts.bin: see `write_counts` in templates/harness/harness.c.hbs. */
function parseStamps(bytes: Uint8Array): Stamps {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scale = view.getBigUint64(0, true);
  const stackBytes = Number(view.getBigUint64(8, true));
  const clocks = Array.from({ length: bytes.byteLength / 8 - 2 }, (_, i) =>
    view.getBigUint64(16 + 8 * i, true),
  );
  const differences = clocks.slice(1).map((clock, i) => Number((clock - clocks[i]!) / scale));
  const [empty, ...spans] = differences;
  return { stackBytes, spans: spans.map((instructions) => instructions - empty!) };
}
