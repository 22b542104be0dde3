import { dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { type AccumulatorOutput, checkOutput, outputAttribute, outputDType } from "../requantize.js";
import { outputLength, type Window } from "../window.js";

/**
 * Attributes of `vcgen.Conv`. With D spatial dimensions: x [N, ...spatial, C], weights
 * [OC, ...kernel, C/group] constant, optional bias [OC] constant (int32, or float32 for float32 x),
 * output [N, ...spatial, OC]. Output channel o reads the C/group inputs of group floor(o * group / OC).
 *
 * Integers: `acc = bias + sum((x - xZeroPoint) * (w - wZeroPoint))` over the taps inside the input, in
 * int32 that wraps; taps in the padding add nothing, which is what padding with the zero point means.
 * float32: `y = fround(sum + bias)`, where the sum starts at 0 and adds fround(x * w) over the kernel
 * positions in row-major order and, at each, the input channels in order.
 */
export type ConvAttributes = {
  /** D numbers each, at least 1. */
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** D begins, then D ends; not negative. */
  readonly pads: readonly number[];
  readonly group: number;
  /** 0 for float32. */
  readonly xZeroPoint: number;
  /** One for all output channels, or one for each. [0] for float32. */
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
};

export const convName = "vcgen.Conv";

export const kernelConv = defineOp<ConvAttributes>({
  name: convName,
  attributes: {
    strides: attr.ints(),
    dilations: attr.ints(),
    pads: attr.ints(),
    group: attr.int(1),
    xZeroPoint: attr.int(0),
    wZeroPoints: attr.ints([0]),
    output: outputAttribute,
  },
  inputs: [2, 3],
  infer(inputs, attrs) {
    const [x, w, bias] = inputs;
    if (!x || !w) throw new OpError(`${convName} needs x and weights`);
    checkOperands(x, w, bias, attrs);
    return [{ dtype: outputDType(attrs.output), shape: convOutputShape(x.shape, w.shape, attrs) }];
  },
});

/** Kernel extents and window of a `vcgen.Conv` with weights of this shape. */
export const convWindow = (w: Shape, attrs: Omit<ConvAttributes, "output">): Window => ({
  kernel: w.slice(1, -1),
  strides: attrs.strides,
  dilations: attrs.dilations,
  pads: attrs.pads,
});

export function convOutputShape(x: Shape, w: Shape, attrs: Omit<ConvAttributes, "output">): number[] {
  const window = convWindow(w, attrs);
  const spatial = x.slice(1, -1).map((size, axis) => outputLength(size, window, axis));
  return [x[0], ...spatial, w[0]];
}

function checkOperands(x: ValueInfo, w: ValueInfo, bias: ValueInfo | undefined, attrs: ConvAttributes): void {
  const rank = x.shape.length - 2;
  const [channels, outputs] = [x.shape[rank + 1], w.shape[0]];
  if (rank < 1 || rank > 3 || w.shape.length !== rank + 2) {
    throw new OpError(`${convName} takes 1 to 3 spatial dimensions; x is [${x.shape}], weights [${w.shape}]`);
  }
  if (attrs.strides.length !== rank || attrs.dilations.length !== rank || attrs.pads.length !== 2 * rank) {
    throw new OpError(`strides, dilations and pads do not fit ${rank} spatial dimensions`);
  }
  if (w.shape[rank + 1] * attrs.group !== channels || outputs % attrs.group !== 0) {
    throw new OpError(`weights [${w.shape}] do not fit ${channels} channels in ${attrs.group} groups`);
  }
  const float = x.dtype === "float32";
  if (float ? w.dtype !== "float32" : !isQuantDType(x.dtype) || !isQuantDType(w.dtype)) {
    throw new OpError(`${convName} cannot combine ${x.dtype} x with ${w.dtype} weights`);
  }
  if (bias && (bias.dtype !== (float ? "float32" : "int32") || bias.shape[0] !== outputs)) {
    throw new OpError(`bias is ${bias.dtype} [${bias.shape}]; expected ${outputs} of the accumulator's type`);
  }
  checkZeroPoints(x, [attrs.xZeroPoint], 1);
  checkZeroPoints(w, attrs.wZeroPoints, outputs);
  checkOutput(attrs.output, float, outputs);
}

/** Zero points must be one or `channels` values of the operand's own type (0 for float32). */
export function checkZeroPoints(operand: ValueInfo, zeroPoints: readonly number[], channels: number): void {
  const { kind, min, max } = dtypeInfo[operand.dtype];
  const fits = (z: number) => (kind === "float" ? z === 0 : z >= min && z <= max);
  if ((zeroPoints.length !== 1 && zeroPoints.length !== channels) || !zeroPoints.every(fits)) {
    throw new OpError(`zero points [${zeroPoints}] do not fit ${channels} channels of ${operand.dtype}`);
  }
}
