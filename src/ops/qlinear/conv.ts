import { convAttributes, convShape, type OnnxConvAttributes } from "../conv/op.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "../conv-transpose/op.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { operand } from "../operands.js";
import { outputType, quantizedOperand, requireByte } from "./operands.js";

/**
 * QLinearConv, opset 10: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point and
 * an optional int32 bias [OC] with scale x_scale * w_scale. w_scale and w_zero_point: one or OC elements.
 */
export const qlinearConv = defineOp<OnnxConvAttributes>({
  name: "QLinearConv",
  opsets: [10, 28],
  attributes: convAttributes,
  inputs: [8, 9],
  infer(inputs, attrs) {
    const x = quantizedOperand(inputs, 0, "x");
    const w = quantizedOperand(inputs, 3, "w", true);
    const shape = convShape(x.shape, w.shape, attrs);
    checkChannels(inputs[4], "w_scale", shape[1]);
    checkChannels(inputs[5], "w_zero_point", shape[1]);
    checkBias(inputs[8], shape[1]);
    return [{ dtype: outputType(inputs, 6, "uint8"), shape }];
  },
});

/**
 * `vcgen.QLinearConvTranspose`: operands as QLinearConv's, weights [C, OC/group, ...kernel] as
 * ConvTranspose's. ONNX Runtime has no such operator; it computes on dequantized tensors in float32.
 * w_scale and w_zero_point: one element, or with one group one for each of OC.
 */
export const qlinearConvTranspose = defineOp<OnnxConvTransposeAttributes>({
  name: "vcgen.QLinearConvTranspose",
  attributes: {
    ...convAttributes,
    output_padding: attr.optional(attr.ints()),
    output_shape: attr.optional(attr.ints()),
  },
  inputs: [8, 9],
  infer(inputs, attrs) {
    const x = quantizedOperand(inputs, 0, "x");
    const w = quantizedOperand(inputs, 3, "w", true);
    const { outputSpatial } = resolveConvTranspose(attrs, x.shape, w.shape);
    const channels = w.shape[1] * attrs.group;
    const parameters = attrs.group === 1 ? channels : 1;
    checkChannels(inputs[4], "w_scale", parameters);
    checkChannels(inputs[5], "w_zero_point", parameters);
    checkBias(inputs[8], channels);
    const shape = [x.shape[0], channels, ...outputSpatial];
    return [{ dtype: outputType(inputs, 6, "uint8"), shape }];
  },
});

/** ConvInteger, opset 10: x, w, optional x_zero_point [1] and w_zero_point [1 or OC] -> int32. */
export const convInteger = defineOp<OnnxConvAttributes>({
  name: "ConvInteger",
  opsets: [10, 28],
  attributes: convAttributes,
  inputs: [2, 4],
  infer(inputs, attrs) {
    const x = requireByte(operand(inputs, 0, "x"), "x");
    const w = requireByte(operand(inputs, 1, "w"), "w");
    const shape = convShape(x.shape, w.shape, attrs);
    checkChannels(inputs[2], "x_zero_point", 1);
    checkChannels(inputs[3], "w_zero_point", shape[1]);
    return [{ dtype: "int32", shape }];
  },
});

export function checkChannels(value: ValueInfo | undefined, name: string, channels: number): void {
  const size = value?.shape.reduce((n, d) => n * d, 1) ?? 1;
  if (size !== 1 && size !== channels) {
    throw new OpError(`${name} is [${value?.shape}]; expected 1 or ${channels} elements`);
  }
}

function checkBias(bias: ValueInfo | undefined, channels: number): void {
  if (!bias) return;
  if (bias.dtype !== "int32" || bias.shape.length !== 1 || bias.shape[0] !== channels) {
    throw new OpError(`bias is ${bias.dtype}[${bias.shape}]; expected int32[${channels}]`);
  }
}
