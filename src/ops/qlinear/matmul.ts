import { broadcastShapes, type Shape } from "../../ir/tensor.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { operand } from "../operands.js";
import { checkPerTensor, checkScale } from "../quantization/parameters.js";
import { checkChannels } from "./conv.js";
import { outputType, quantizedOperand, requireByte } from "./operands.js";

/** Attributes of com.microsoft QGemm. */
export type QGemmAttributes = { readonly alpha: number; readonly transA: boolean; readonly transB: boolean };

/** QLinearMatMul, opset 10: a, its scale and zero point, b, its scale and zero point (1 or N), then y's. */
export const qlinearMatMul = defineOp({
  name: "QLinearMatMul",
  opsets: [10, 28],
  attributes: {},
  inputs: [8, 8],
  infer(inputs) {
    const a = quantizedOperand(inputs, 0, "a");
    const b = quantizedOperand(inputs, 3, "b", true);
    const { shape, n } = productShape(a.shape, b.shape);
    checkChannels(inputs[4], "b_scale", n);
    return [{ dtype: outputType(inputs, 6, "uint8"), shape }];
  },
});

/** MatMulInteger, opset 10: a, b, optional a_zero_point [1] and b_zero_point [1 or N] -> int32. */
export const matMulInteger = defineOp({
  name: "MatMulInteger",
  opsets: [10, 28],
  attributes: {},
  inputs: [2, 4],
  infer(inputs) {
    const a = requireByte(operand(inputs, 0, "a"), "a");
    const b = requireByte(operand(inputs, 1, "b"), "b");
    const { shape, n } = productShape(a.shape, b.shape);
    checkPerTensor(inputs[2], "a_zero_point");
    checkChannels(inputs[3], "b_zero_point", n);
    return [{ dtype: "int32", shape }];
  },
});

/**
 * com.microsoft MatMulIntegerToFloat: a, b, a_scale, b_scale (1 or N), optional zero points (a [1], b [1
 * or N]) and float32 bias [N] -> float32.
 */
export const matMulIntegerToFloat = defineOp({
  name: "com.microsoft.MatMulIntegerToFloat",
  attributes: {},
  inputs: [4, 7],
  infer(inputs) {
    const a = requireByte(operand(inputs, 0, "a"), "a");
    const b = requireByte(operand(inputs, 1, "b"), "b");
    const { shape, n } = productShape(a.shape, b.shape);
    checkPerTensor(checkScale(inputs[2], "a_scale"), "a_scale");
    checkChannels(checkScale(inputs[3], "b_scale"), "b_scale", n);
    checkPerTensor(inputs[4], "a_zero_point");
    checkChannels(inputs[5], "b_zero_point", n);
    checkFloatBias(inputs[6], n);
    return [{ dtype: "float32", shape }];
  },
});

/**
 * com.microsoft DynamicQuantizeMatMul: a float32, quantized to uint8 as DynamicQuantizeLinear does; b,
 * b_scale and optional b_zero_point (1 or N); optional float32 bias [N] -> float32.
 */
export const dynamicQuantizeMatMul = defineOp({
  name: "com.microsoft.DynamicQuantizeMatMul",
  attributes: {},
  inputs: [3, 5],
  infer(inputs) {
    const a = operand(inputs, 0, "a");
    if (a.dtype !== "float32") throw new OpError(`a is ${a.dtype}; expected float32`);
    const b = requireByte(operand(inputs, 1, "b"), "b");
    const { shape, n } = productShape(a.shape, b.shape);
    checkChannels(checkScale(inputs[2], "b_scale"), "b_scale", n);
    checkChannels(inputs[3], "b_zero_point", n);
    checkFloatBias(inputs[4], n);
    return [{ dtype: "float32", shape }];
  },
});

/**
 * com.microsoft QGemm: a, its scale and zero point, b, its scale and zero point (1 or N), optional int32
 * bias that broadcasts to [M, N], and y's scale and zero point; without those the output is float32.
 */
export const qgemm = defineOp<QGemmAttributes>({
  name: "com.microsoft.QGemm",
  attributes: { alpha: attr.float(1), transA: attr.bool(false), transB: attr.bool(false) },
  inputs: [6, 9],
  infer(inputs, attrs) {
    const a = quantizedOperand(inputs, 0, "a");
    const b = quantizedOperand(inputs, 3, "b", true);
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw new OpError(`a [${a.shape}] and b [${b.shape}] must be matrices`);
    }
    const { shape, n } = productShape(turned(a.shape, attrs.transA), turned(b.shape, attrs.transB));
    checkChannels(inputs[4], "b_scale", n);
    const bias = inputs[6];
    if (bias && (bias.dtype !== "int32" || String(broadcastShapes(bias.shape, shape)) !== String(shape))) {
      throw new OpError(`bias is ${bias.dtype}[${bias.shape}]; expected int32 that fits [${shape}]`);
    }
    if (!inputs[7]) return [{ dtype: "float32", shape }];
    return [{ dtype: outputType(inputs, 7, a.dtype), shape }];
  },
});

/** Shape of the product of ONNX MatMul, where a vector counts as one row or one column, and its N. */
export function productShape(a: Shape, b: Shape): { shape: number[]; n: number } {
  if (a.length === 0 || b.length === 0) throw new OpError("MatMul needs operands of rank 1 or more");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [m, k] = left.slice(-2);
  const [depth, n] = right.slice(-2);
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  if (k !== depth || !batch) throw new OpError(`cannot multiply [${a}] by [${b}]`);
  return { shape: [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])], n };
}

export const turned = (shape: Shape, transposed: boolean): Shape =>
  transposed ? [shape[1], shape[0]] : shape;

function checkFloatBias(bias: ValueInfo | undefined, n: number): void {
  if (bias && (bias.dtype !== "float32" || bias.shape.length !== 1 || bias.shape[0] !== n)) {
    throw new OpError(`bias is ${bias.dtype}[${bias.shape}]; expected float32[${n}]`);
  }
}
