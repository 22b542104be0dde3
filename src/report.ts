import type { Schedule } from "./4-schedule/schedule.js";
import type { Candidate } from "./4-schedule/select-kernel.js";
import type { CPort, CProgram } from "./5-lower/program.js";

/** What was compiled and how: the figures that `emit`, `inspect` and `--json` show. */
export interface Report {
  readonly name: string;
  readonly target: string;
  readonly modelSha256: string;
  /** Multiply-accumulates of the model, and those that are left of them where channels were removed. */
  readonly macs: number;
  readonly computedMacs: number;
  /** Bytes of `const` tables. */
  readonly weightBytes: number;
  readonly arena: { readonly bytes: number; readonly lowerBound: number };
  readonly inputs: readonly PortReport[];
  readonly outputs: readonly PortReport[];
  readonly steps: readonly StepReport[];
}

export interface PortReport {
  readonly tensor: string;
  readonly onnx: { readonly dtype: string; readonly shape: readonly number[] };
  readonly c: { readonly identifier: string; readonly dtype: string; readonly shape: readonly number[] };
  readonly scale?: number;
  readonly zeroPoint?: number;
}

export interface StepReport {
  readonly index: number;
  readonly operator: string;
  readonly origin: readonly string[];
  readonly kernel: string;
  readonly isa: string;
  readonly reason: string;
  readonly notes: readonly string[];
  readonly macs: number;
  readonly outputs: readonly { readonly dtype: string; readonly shape: readonly number[] }[];
  readonly candidates: readonly Candidate[];
}

export function buildReport(
  schedule: Schedule,
  program: CProgram,
  modelSha256: string,
  modelMacs: number,
): Report {
  return {
    name: program.name,
    target: program.target,
    modelSha256,
    macs: modelMacs,
    computedMacs: program.macs,
    weightBytes: program.constants.reduce((sum, constant) => sum + constant.data.byteLength, 0),
    arena: { bytes: schedule.arena.bytes, lowerBound: schedule.arena.lowerBound },
    inputs: program.inputs.map(portReport),
    outputs: program.outputs.map(portReport),
    steps: schedule.steps.map(({ node, view, selection }, index) => ({
      index,
      operator: node.op,
      origin: node.origin,
      kernel: selection.kernel.name,
      isa: selection.kernel.isa,
      reason: selection.accepted.reason,
      notes: selection.accepted.notes ?? [],
      macs: program.steps[index].macs,
      outputs: view.outputs.flatMap((info) => (info ? [{ dtype: info.dtype, shape: info.shape }] : [])),
      candidates: selection.candidates,
    })),
  };
}

function portReport({ onnx, identifier, dtype, shape }: CPort): PortReport {
  return {
    tensor: onnx.name,
    onnx: { dtype: onnx.dtype, shape: onnx.shape },
    c: { identifier, dtype, shape },
    ...(onnx.quantize && { scale: onnx.quantize.scale, zeroPoint: onnx.quantize.zeroPoint }),
  };
}
