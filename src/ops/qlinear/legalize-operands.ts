import { dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import { toNumbers } from "../../ir/tensor.js";
import { constantOf } from "../conv/constants.js";
import type { LegalizeBuilder } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import type { Requantize } from "../requantize.js";

export const allConstant = (...infos: readonly (ValueInfo | undefined)[]): boolean =>
  infos.every((info) => !info || info.data);

export const refuseDynamic = (op: string, build: LegalizeBuilder): undefined =>
  build.refuse(
    `${op} with weights, scales or zero points computed at run time`,
    "Quantize statically, so that they are initializers.",
  );

/** Zero points as numbers; 0 where the input is left out. */
export const zeroPoints = (info: ValueInfo | undefined): number[] =>
  info ? toNumbers(constantOf(info)) : [0];

/** The value of a constant of one element. */
export const scalarValue = (info: ValueInfo): number => Number(constantOf(info).data[0]);

/**
 * The requantization scale of each output channel, folded in float32 in ONNX Runtime's order:
 * fl(fl(x_scale * w_scale) / y_scale).
 */
export const foldScales = (x: ValueInfo, w: ValueInfo, y: ValueInfo): number[] =>
  toNumbers(constantOf(w)).map((scale) => Math.fround(Math.fround(scalarValue(x) * scale) / scalarValue(y)));

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
