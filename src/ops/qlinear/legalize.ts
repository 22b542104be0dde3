import { dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import { type Tensor, toNumbers } from "../../ir/tensor.js";
import { constantOf } from "../conv/constants.js";
import { type OnnxConvAttributes, resolveConv } from "../conv/op.js";
import { buildConvolution, buildRowsTimesMatrix } from "../conv/to-kernel.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { matmulName } from "../matmul/kernel-op.js";
import type { ValueInfo } from "../op.js";
import type { Requantize } from "../requantize.js";

/** QLinearConv: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, bias. */
const qlinearConv: Legalizer<OnnxConvAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = inputs;
  if (!allConstant(xScale, xZero, w, wScale, wZero, yScale, yZero, bias))
    return refuseDynamic(node.op, build);
  const output = requantizeTo(outputs[0]!, yZero, foldScales(xScale!, wScale!, yScale!));
  const y = buildConvolution(build, {
    x: { name: node.inputs[0], info: x! },
    weights: constantOf(w!),
    bias: bias && constantOf(bias),
    window: resolveConv(attrs, x!.shape, w!.shape),
    group: attrs.group,
    xZeroPoint: zeroPoints(xZero)[0],
    wZeroPoints: zeroPoints(wZero),
    output,
  });
  return [y];
};

/** QLinearMatMul: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point. */
const qlinearMatMul: Legalizer = ({ node, inputs, outputs }, build) => {
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = inputs;
  if (!allConstant(aScale, aZero, bScale, bZero, yScale, yZero)) return refuseDynamic(node.op, build);
  const output = requantizeTo(outputs[0]!, yZero, foldScales(aScale!, bScale!, yScale!));
  if (b!.data && b!.shape.length === 2 && aScale!.data!.length === 1) {
    const y = buildRowsTimesMatrix(build, {
      a: { name: node.inputs[0], info: a! },
      b: constantOf(b!),
      aZeroPoint: zeroPoints(aZero)[0],
      bZeroPoints: zeroPoints(bZero),
      output,
    });
    return [y];
  }
  if (a!.shape.length < 2 || b!.shape.length < 2) return undefined;
  const attrs = { transB: false, aZeroPoint: zeroPoints(aZero)[0], bZeroPoint: zeroPoints(bZero)[0], output };
  return [build.node(matmulName, [node.inputs[0], node.inputs[3]], outputs[0]!, attrs)];
};

const allConstant = (...infos: (ValueInfo | undefined)[]): boolean =>
  infos.every((info) => !info || info.data);

const refuseDynamic = (op: string, build: LegalizeBuilder): undefined =>
  build.refuse(
    `${op} with weights, scales or zero points computed at run time`,
    "Quantize statically, so that they are initializers.",
  );

/** Zero points as numbers; 0 where the input is left out. */
export const zeroPoints = (info: ValueInfo | undefined): number[] =>
  info ? toNumbers(constantOf(info)) : [0];

/**
 * The requantization scale of each output channel, folded in float32 in ONNX Runtime's order:
 * fl(fl(x_scale * w_scale) / y_scale).
 */
export function foldScales(x: ValueInfo, w: ValueInfo, y: ValueInfo): number[] {
  const value = (info: ValueInfo) => Number(info.data![0]);
  const weights: Tensor = constantOf(w);
  return toNumbers(weights).map((scale) => Math.fround(Math.fround(value(x) * scale) / value(y)));
}

/** Requantization to the whole range of the output's type. */
export function requantizeTo(
  output: ValueInfo,
  zeroPoint: ValueInfo | undefined,
  scales: readonly number[],
): Requantize {
  const { dtype } = output;
  if (!isQuantDType(dtype) || dtype === "int4" || dtype === "uint4")
    throw new Error(`cannot requantize to ${dtype}`);
  const { min, max } = dtypeInfo[dtype];
  return { kind: "requantize", dtype, scales, zeroPoint: zeroPoints(zeroPoint)[0], min, max };
}

export const legalizers = { QLinearConv: qlinearConv as Legalizer, QLinearMatMul: qlinearMatMul };
