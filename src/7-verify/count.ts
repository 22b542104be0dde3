import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../diagnostics/diagnostic.js";
import { type BuildOptions, buildProgram, type Program } from "./build.js";
import { harnessFolder } from "./compile-c.js";
import { inRunFolder, type RunOptions } from "./run.js";
import { type StepTrace, traceSteps } from "./trace.js";

/** Instructions as QEMU executes them: exact and the same every time, but not cycles. */
export interface InstructionCounts {
  /** One call of `<name>_run`, arguments and return included. */
  readonly total: number;
  /** By step of the generated code, each with its call. */
  readonly steps: readonly number[];
  /** Deepest stack that the call used, in bytes. */
  readonly stackBytes: number;
  /** By step; undefined where QEMU cannot be asked. */
  readonly traces: readonly StepTrace[] | undefined;
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
    build("count", [], options),
    build("profile", [...header, hook], options),
  ]);
  const [whole, parts, traces] = await Promise.all([
    stampsOf(plain, inputs, run),
    stampsOf(profiled, inputs, run),
    traceSteps(profiled, inputs),
  ]);
  return {
    total: whole.spans[0]!,
    // The first span is from the call to the first hook, the last from the last hook to the return.
    steps: parts.spans.slice(1, -1),
    stackBytes: whole.stackBytes,
    traces: traces && atSameFrame(traces, whole.stackBytes),
  };
}

interface Stamps {
  readonly stackBytes: number;
  /** Instructions from each stamp to the next, without what stamping itself costs. */
  readonly spans: readonly number[];
}

/** With the hook the run function itself may need another frame, by so much the deepest stack differs. */
function atSameFrame(traces: readonly StepTrace[], deepest: number): StepTrace[] {
  const difference = Math.max(0, ...traces.map((trace) => trace.stackBytes)) - deepest;
  return traces.map((trace) => ({ ...trace, stackBytes: Math.max(0, trace.stackBytes - difference) }));
}

const build = (folder: string, flags: readonly string[], options: BuildOptions): Promise<Program> =>
  buildProgram({
    ...options,
    workDirectory: join(options.workDirectory, folder),
    extraFlags: [...(options.extraFlags ?? []), ...flags],
    harnessFlags: [...(options.harnessFlags ?? []), "-DHARNESS_COUNT"],
  });

function stampsOf(program: Program, inputs: readonly Uint8Array[], run: RunOptions): Promise<Stamps> {
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
