import { numel } from "../../ir/tensor.js";
import type { OnnxConvAttributes } from "../conv/op.js";
import type { Operand } from "../conv/to-kernel.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import { type LegalizeBuilder, type Legalizer, view } from "../legalize.js";
import { operandAt } from "../matmul/to-kernel.js";
import type { ValueInfo } from "../op.js";

/** clamp(rne(fl(fl(sum) * scale)) + zero point) with scale = fl(fl(x * w) / y), all known only at run time. */
export function requantizeAtRunTime(
  build: LegalizeBuilder,
  sums: string,
  scales: readonly [Operand, Operand, Operand],
  zero: Operand | undefined,
  output: ValueInfo,
): string {
  const operands: (Operand | undefined)[] = [
    { name: sums, info: { dtype: "int32", shape: output.shape } },
    ...scales,
    zero,
  ];
  const p = new StepBuilder();
  const product = p.same("Mul", p.input(1, "float32"), p.input(2, "float32"));
  const scale = p.same("Div", product, p.input(3, "float32"));
  const scaled = p.same("Mul", p.cast(p.input(0, "int32"), "float32"), scale);
  p.saturate(scaled, zero ? p.input(4, output.dtype) : p.constant(output.dtype, 0));
  const names = operands.map((operand) => operand?.name ?? "");
  const map = mapNode(
    names,
    operands.map((operand) => operand?.info),
    p.steps,
    output,
  );
  return build.node(mapName, map.inputs, output, map.attrs);
}

/** A scale or zero point for each output channel, in a shape that broadcasts to [N, OC, ...spatial]. */
function alongChannels(build: LegalizeBuilder, x: Operand, rank: number): Operand {
  const count = numel(x.info.shape);
  const shape = count === 1 ? [] : [count, ...new Array<number>(rank - 2).fill(1)];
  return { name: view(build, x.name, x.info, shape), info: { ...x.info, shape } };
}

/** QLinearConv with operands of run time: ConvInteger, bias, then requantization step by step. */
export const qlinearConvAtRunTime: Legalizer<OnnxConvAttributes> = (
  { node, attrs, inputs, outputs },
  build,
) => {
  const output = outputs[0]!;
  const sum: ValueInfo = { dtype: "int32", shape: output.shape };
  const names = [0, 3, 2, 5].map((i) => node.inputs[i] ?? "");
  let sums = build.node("ConvInteger", names, sum, attrs);
  const rank = output.shape.length;
  const at = (i: number) => alongChannels(build, operandAt(node, inputs, i)!, rank);
  if (inputs[8]) {
    const bias = at(8);
    const p = new StepBuilder();
    p.same("Add", p.input(0, "int32"), p.input(1, "int32"));
    const map = mapNode([sums, bias.name], [sum, bias.info], p.steps, sum);
    sums = build.node(mapName, map.inputs, sum, map.attrs);
  }
  return [requantizeAtRunTime(build, sums, [at(1), at(4), at(6)], inputs[7] && at(7), output)];
};
