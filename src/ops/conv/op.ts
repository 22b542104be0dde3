import type { Shape } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { type AutoPad, autoPads, outputLength, resolveWindow, type Window } from "../window.js";
import { kernelConv } from "./kernel-op.js";

/** Attributes of ONNX Conv (opset 22) as a node has them. */
export type OnnxConvAttributes = {
  readonly auto_pad: AutoPad;
  readonly group: number;
  readonly kernel_shape: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
  /** Begins, then ends. */
  readonly pads: readonly number[] | undefined;
};

/** Readers of the attributes that Conv, ConvInteger and QLinearConv share. */
export const convAttributes = {
  auto_pad: attr.string<AutoPad>("NOTSET", autoPads),
  group: attr.int(1),
  kernel_shape: attr.optional(attr.ints()),
  strides: attr.optional(attr.ints()),
  dilations: attr.optional(attr.ints()),
  pads: attr.optional(attr.ints()),
};

/**
 * ONNX Conv, opsets 1 to 28, float32: x [N, C, ...spatial], w [OC, C/group, ...kernel], optional bias
 * [OC], 1 to 3 spatial dimensions, any `auto_pad`.
 */
const conv = defineOp<OnnxConvAttributes>({
  name: "Conv",
  opsets: [1, 28],
  attributes: convAttributes,
  inputs: [2, 3],
  infer(inputs, attrs) {
    const [x, w, bias] = [operand(inputs, 0, "X"), operand(inputs, 1, "W"), inputs[2]];
    for (const input of [x, w, bias]) requireFloat("Conv", input?.dtype);
    const shape = convShape(x.shape, w.shape, attrs);
    checkBias(bias?.shape, shape[1]);
    return [outputInfo("float32", shape)];
  },
});

/** The window of a convolution over x [N, C, ...spatial] with w [OC, C/group, ...kernel]. */
export function resolveConv(attrs: OnnxConvAttributes, x: Shape, w: Shape): Window {
  const kernel = w.slice(2);
  if (attrs.kernel_shape && String(attrs.kernel_shape) !== String(kernel)) {
    throw new OpError(`kernel_shape [${attrs.kernel_shape}] is not that of the weights, [${kernel}]`);
  }
  return resolveWindow(attrs, x.slice(2), kernel);
}

/** Output shape [N, OC, ...spatial] of a convolution; throws where the operands do not fit. */
export function convShape(x: Shape, w: Shape, attrs: OnnxConvAttributes): number[] {
  if (x.length < 3 || x.length > 5 || w.length !== x.length) {
    throw new OpError(
      `x [${x}] and w [${w}]: 1 to 3 spatial dimensions are supported, the same number in both`,
      undefined,
      x.length === w.length ? "unsupported" : "invalid",
    );
  }
  if (attrs.group < 1 || w[1] * attrs.group !== x[1] || w[0] % attrs.group !== 0) {
    throw new OpError(`w [${w}] does not fit the ${x[1]} channels of x in ${attrs.group} groups`);
  }
  const window = resolveConv(attrs, x, w);
  const spatial = x.slice(2).map((size, axis) => outputLength(size, window, axis));
  if (spatial.some((size) => size < 1))
    throw new OpError(`the kernel [${w.slice(2)}] is larger than x [${x}]`);
  return [x[0], w[0], ...spatial];
}

/** Refuses a bias that is not one value for each of `channels` output channels. */
export function checkBias(bias: Shape | undefined, channels: number): void {
  if (bias && (bias.length !== 1 || bias[0] !== channels)) {
    throw new OpError(`bias [${bias}] does not fit ${channels} output channels`);
  }
}

/** Refuses element types other than float32 for an operator that computes in float32. */
export function requireFloat(op: string, dtype: string | undefined): void {
  if (dtype !== undefined && dtype !== "float32") {
    throw new OpError(`${op} of ${dtype} is not supported`, "Export the model in float32.", "unsupported");
  }
}

export const ops = [conv, kernelConv] as readonly unknown[] as readonly OpDefinition[];
