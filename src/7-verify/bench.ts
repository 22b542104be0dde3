import type { Compiled } from "../compile.js";
import type { Tensor } from "../ir/tensor.js";
import type { Target } from "../target/target.js";
import { countInstructions } from "./count.js";
import { sizes, symbolsOf } from "./measure.js";
import { toCBytes } from "./ports.js";
import { withProgram } from "./run-on-target.js";
import { type StepSize, stepSizes } from "./step-sizes.js";
import type { StepTrace } from "./trace.js";

/** Figures of one model on one target. Instructions are not cycles. */
export interface BenchReport {
  readonly name: string;
  readonly target: string;
  /** Multiply-accumulates of the model, and those that are left of them where channels were removed. */
  readonly macs: number;
  readonly computedMacs: number;
  /** Instructions of one call, arguments and return included. */
  readonly instructions: number;
  readonly steps: readonly StepBench[];
  readonly arenaBytes: number;
  readonly arenaLowerBound: number;
  /** Sections of the objects of the generated C: .text; .rodata. */
  readonly codeBytes: number;
  readonly constantBytes: number;
  /** Deepest stack of the call. */
  readonly stackBytes: number;
  /** Bytes loaded in all steps, for each of the model's multiply-accumulates. */
  readonly loadedBytesPerMac?: number;
}

export interface StepBench extends StepSize {
  readonly index: number;
  readonly operator: string;
  readonly origin: string;
  readonly kernel: string;
  readonly macs: number;
  readonly instructions: number;
  /** What its instructions load in one run, counted by QEMU; absent where it cannot be asked, as the next two. */
  readonly loadedBytes?: number;
  readonly loadedBytesPerMac?: number;
  /** Deepest stack while the step runs, from the caller on; pushes of inline assembly included. */
  readonly stackBytes?: number;
}

/** Counts the instructions of one run under QEMU, and the bytes of what is linked. */
export async function bench(
  compiled: Compiled,
  target: Target,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<BenchReport> {
  const { report, program } = compiled;
  const bytes = program.inputs.map((port) => toCBytes(port, inputs[port.onnx.name]));
  return withProgram(compiled, target, async (built, options) => {
    const counts = await countInstructions(options, bytes);
    const objects = await sizes(built.objects, target);
    const own = stepSizes(program, await symbolsOf(built.objects, target));
    const sum = (section: "code" | "constants") =>
      objects.reduce((total, object) => total + object[section], 0);
    return {
      name: report.name,
      target: target.name,
      macs: report.macs,
      computedMacs: report.computedMacs,
      instructions: counts.total,
      steps: report.steps.map((step, i) => ({
        index: step.index,
        operator: step.operator,
        origin: step.origin.join(", "),
        kernel: step.kernel,
        macs: step.macs,
        instructions: counts.steps[i],
        ...own[i],
        ...traced(counts.traces?.[i], step.macs),
      })),
      arenaBytes: report.arena.bytes,
      arenaLowerBound: report.arena.lowerBound,
      codeBytes: sum("code"),
      constantBytes: sum("constants"),
      stackBytes: counts.stackBytes,
      ...(counts.traces && {
        loadedBytesPerMac: ratio(
          counts.traces.reduce((sum, trace) => sum + trace.loadedBytes, 0),
          report.macs,
        ),
      }),
    };
  });
}

function traced(trace: StepTrace | undefined, macs: number) {
  return trace && { ...trace, loadedBytesPerMac: ratio(trace.loadedBytes, macs) };
}

const ratio = (bytes: number, macs: number): number | undefined =>
  macs > 0 ? Number((bytes / macs).toFixed(4)) : undefined;
