import type { Schedule, Step } from "../4-schedule/schedule.js";
import { dtypeInfo } from "../ir/dtype.js";
import { numel } from "../ir/tensor.js";
import type { ValueInfo } from "../ops/op.js";

/** What a reader who certifies the code wants to know of a step, as lines of a comment. */
export function describeStep(schedule: Schedule, step: Step, index: number, macs: number): string[] {
  const { node, view, selection } = step;
  const lines = [`${index}: ${node.op.replace(/^.*\./, "")} for ${[...new Set(node.origin)].join(", ")}`];
  view.inputs.forEach((info, i) => {
    if (info && !info.data) lines.push(`in   ${operand(schedule, node.inputs[i], info)}`);
  });
  view.outputs.forEach((info, i) => {
    if (info) lines.push(`out  ${operand(schedule, node.outputs[i], info)}`);
  });
  lines.push(...quantization(view.attrs));
  if (macs > 0) lines.push(`MACs ${macs}`);
  lines.push(`kernel ${selection.kernel.name} (${selection.kernel.isa}): ${selection.accepted.reason}`);
  for (const note of selection.accepted.notes ?? []) lines.push(note);
  const scratch = schedule.plan.scratch.get(node.name);
  if (scratch !== undefined) {
    lines.push(`scratch ${selection.accepted.scratch} bytes at arena + ${schedule.arena.offsets[scratch]}`);
  }
  return lines;
}

function operand(schedule: Schedule, name: string, info: ValueInfo): string {
  const storage = schedule.plan.storage.get(name);
  const where =
    storage?.kind === "arena"
      ? `arena + ${schedule.arena.offsets[storage.buffer]}`
      : storage
        ? `the caller's ${storage.kind}${storage.offset > 0 ? ` + ${storage.offset}` : ""}`
        : "nowhere";
  return `${name} ${info.dtype}[${info.shape.join(",")}], ${numel(info.shape) * dtypeInfo[info.dtype].bytes} bytes at ${where}`;
}

function quantization(attrs: Readonly<Record<string, unknown>>): string[] {
  const output = attrs.output as
    | { kind: string; zeroPoint?: number; scales?: number[]; min?: number; max?: number }
    | undefined;
  if (output?.kind !== "requantize") return [];
  const { scales = [], zeroPoint, min, max } = output;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const scale of scales) {
    least = Math.min(least, scale);
    most = Math.max(most, scale);
  }
  const range = scales.length === 1 ? `${least}` : `${least} to ${most} (${scales.length} channels)`;
  return [
    `requantize by ${range}, zero point ${zeroPoint}, clamp ${min}..${max}; input zero point ${attrs.xZeroPoint ?? 0}`,
  ];
}
