import { isQuantDType } from "../../ir/dtype.js";
import { checkZeroPoints } from "../conv/kernel-op.js";
import { attr, defineOp, OpError } from "../op.js";
import { type AccumulatorOutput, checkOutput, outputAttribute, outputDType } from "../requantize.js";

/**
 * Attributes of `vcgen.ConvTranspose`. With D spatial dimensions: x [N, ...spatial, C], weights
 * [OC, ...kernel, C/group] constant, optional bias [OC] constant, output [N, ...outputSpatial, OC].
 * Output position p takes tap k of input position i where `i * stride + k * dilation - padsBegin = p`.
 *
 * Sums as in `vcgen.Conv`: bias first in int32 that wraps; in float32 from 0 over the kernel positions
 * in row-major order and, at each, the input channels of the group in order, then plus the bias. An
 * output position that no tap reaches holds the bias alone.
 */
export type ConvTransposeAttributes = {
  /** D numbers each, at least 1. */
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** D numbers, not negative: what is cropped at the beginning of each dimension. */
  readonly padsBegin: readonly number[];
  /** D output lengths. */
  readonly outputSpatial: readonly number[];
  readonly group: number;
  /** 0 for float32. */
  readonly xZeroPoint: number;
  /** One for all output channels, or one for each. [0] for float32. */
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
};

export const convTransposeName = "vcgen.ConvTranspose";

export const kernelConvTranspose = defineOp<ConvTransposeAttributes>({
  name: convTransposeName,
  attributes: {
    strides: attr.ints(),
    dilations: attr.ints(),
    padsBegin: attr.ints(),
    outputSpatial: attr.ints(),
    group: attr.int(1),
    xZeroPoint: attr.int(0),
    wZeroPoints: attr.ints([0]),
    output: outputAttribute,
  },
  inputs: [2, 3],
  infer([x, w, bias], attrs) {
    if (!x || !w) throw new OpError(`${convTransposeName} needs x and weights`);
    const rank = x.shape.length - 2;
    const outputs = w.shape[0];
    if (rank < 1 || rank > 3 || w.shape.length !== rank + 2) {
      throw new OpError(
        `${convTransposeName} takes 1 to 3 spatial dimensions; x is [${x.shape}], weights [${w.shape}]`,
      );
    }
    const lists = [attrs.strides, attrs.dilations, attrs.padsBegin, attrs.outputSpatial];
    if (lists.some((list) => list.length !== rank)) {
      throw new OpError(`strides, dilations, padsBegin and outputSpatial need ${rank} numbers each`);
    }
    if (w.shape[rank + 1] * attrs.group !== x.shape[rank + 1] || outputs % attrs.group !== 0) {
      throw new OpError(`weights [${w.shape}] do not fit x [${x.shape}] in ${attrs.group} groups`);
    }
    const float = x.dtype === "float32";
    if (float ? w.dtype !== "float32" : !isQuantDType(x.dtype) || !isQuantDType(w.dtype)) {
      throw new OpError(`${convTransposeName} cannot combine ${x.dtype} x with ${w.dtype} weights`);
    }
    if (bias && (bias.dtype !== (float ? "float32" : "int32") || bias.shape[0] !== outputs)) {
      throw new OpError(
        `bias is ${bias.dtype} [${bias.shape}]; expected ${outputs} of the accumulator's type`,
      );
    }
    checkZeroPoints(x, [attrs.xZeroPoint], 1);
    checkZeroPoints(w, attrs.wZeroPoints, outputs);
    checkOutput(attrs.output, float, outputs);
    return [{ dtype: outputDType(attrs.output), shape: [x.shape[0], ...attrs.outputSpatial, outputs] }];
  },
});
