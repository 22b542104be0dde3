import type { DType } from "../../ir/dtype.js";
import type { Tensor } from "../../ir/tensor.js";
import { OpError, type ValueInfo } from "../op.js";
import { operand } from "../operands.js";
import { checkPerTensor, checkScale, checkZeroPoint } from "../quantization/parameters.js";

type Inputs = readonly (ValueInfo | undefined)[];

/** Refuses anything but int8 and uint8, the types ONNX Runtime's integer kernels take. */
export function requireByte(value: ValueInfo, name: string): ValueInfo {
  if (value.dtype !== "int8" && value.dtype !== "uint8") {
    throw new OpError(
      `${name} is ${value.dtype}; this operator takes int8 and uint8`,
      "Quantize to 8 bits, or use QuantizeLinear and DequantizeLinear around the float operator.",
      "unsupported",
    );
  }
  return value;
}

/**
 * An operand with a scale and zero point that follow it (`at`, `at + 1`, `at + 2`): one of each for the
 * tensor, or, where it may be weights, one for each channel and 4-bit elements, too.
 */
export function quantizedOperand(inputs: Inputs, at: number, name: string, perChannel = false): ValueInfo {
  const value = operand(inputs, at, name);
  if (!perChannel || (value.dtype !== "int4" && value.dtype !== "uint4")) requireByte(value, name);
  checkParameters(inputs, at + 1, name, value.dtype, perChannel);
  return value;
}

/** The scale and zero point of an output at `at` and `at + 1`; gives the output's type. */
export function outputType(inputs: Inputs, at: number, fallback: DType): DType {
  const dtype = inputs[at + 1]?.dtype ?? fallback;
  checkParameters(inputs, at, "output", dtype, false);
  return dtype;
}

function checkParameters(inputs: Inputs, at: number, name: string, dtype: DType, perChannel: boolean): void {
  const scale = checkScale(inputs[at], `scale of ${name}`);
  if (!perChannel) {
    checkPerTensor(scale, `scale of ${name}`);
    checkPerTensor(inputs[at + 1], `zero point of ${name}`);
  }
  const zeroPoint = inputs[at + 1];
  if (perChannel && zeroPoint?.shape.every((d) => d === 1)) {
    if (zeroPoint.dtype !== dtype) throw new OpError(`zero point of ${name} is ${zeroPoint.dtype}`);
    return;
  }
  checkZeroPoint(zeroPoint, `zero point of ${name}`, dtype, scale);
}

/** The only element of a parameter at run time; `fallback` where it is left out. */
export const scalarOf = (t: Tensor | undefined, fallback = 0): number => (t ? Number(t.data[0]) : fallback);

/** Element `i` of a parameter that holds one element or many. */
export const elementOf = (t: Tensor | undefined, i: number): number =>
  t ? Number(t.data.length === 1 ? t.data[0] : t.data[i]) : 0;
