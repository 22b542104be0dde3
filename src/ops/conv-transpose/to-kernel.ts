import { dtypeInfo } from "../../ir/dtype.js";
import { numel, type Tensor } from "../../ir/tensor.js";
import { type Operand, signedWeights } from "../conv/to-kernel.js";
import { type LegalizeBuilder, toChannelsFirst, toChannelsLast, transpose } from "../legalize.js";
import { type AccumulatorOutput, outputDType } from "../requantize.js";
import { asConvolutions } from "./as-convolutions.js";
import { type ConvTransposeAttributes, convTransposeName } from "./kernel-op.js";

interface TransposedConvolution {
  /** [N, C, ...spatial] */
  readonly x: Operand;
  /** [C, OC/group, ...kernel] */
  readonly weights: Tensor;
  /** [OC], int32 or float32. */
  readonly bias?: Tensor;
  readonly window: Pick<ConvTransposeAttributes, "strides" | "dilations" | "padsBegin" | "outputSpatial">;
  readonly group: number;
  readonly xZeroPoint: number;
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
}

/** A transposed convolution in ONNX's layout: convolutions or a `vcgen.ConvTranspose` between two transposes. */
export function buildConvTranspose(build: LegalizeBuilder, c: TransposedConvolution): string {
  const rank = c.x.info.shape.length;
  const x = transpose(build, c.x.name, c.x.info, toChannelsLast(rank));
  const { weights, zeroPoints } = signedWeights(kernelWeights(c.weights, c.group), c.wZeroPoints);
  const { strides, dilations, padsBegin, outputSpatial } = c.window;
  const attrs: ConvTransposeAttributes = {
    strides,
    dilations,
    padsBegin,
    outputSpatial,
    group: c.group,
    xZeroPoint: c.xZeroPoint,
    wZeroPoints: zeroPoints,
    output: c.output,
  };
  const info = {
    dtype: outputDType(c.output),
    shape: [c.x.info.shape[0], ...outputSpatial, weights.shape[0]],
  };
  const xInfo = { dtype: c.x.info.dtype, shape: toChannelsLast(rank).map((axis) => c.x.info.shape[axis]) };
  const y =
    asConvolutions(build, { x: { name: x, info: xInfo }, weights, bias: c.bias, attrs }) ??
    build.node(
      convTransposeName,
      [x, build.constant("weights", weights), ...(c.bias ? [build.constant("bias", c.bias)] : [])],
      info,
      attrs,
    );
  return transpose(build, y, info, toChannelsFirst(rank));
}

/** [C, OC/group, ...kernel] -> [OC, ...kernel, C/group] */
function kernelWeights(weights: Tensor, group: number): Tensor {
  const [channels, perGroup] = weights.shape;
  const kernel = weights.shape.slice(2);
  const taps = numel(kernel);
  const depth = channels / group;
  const data = new dtypeInfo[weights.dtype].array(weights.data.length);
  let at = 0;
  for (let o = 0; o < perGroup * group; o++) {
    const first = Math.floor(o / perGroup) * depth;
    for (let k = 0; k < taps; k++) {
      for (let c = 0; c < depth; c++) {
        data[at++] = weights.data[((first + c) * perGroup + (o % perGroup)) * taps + k];
      }
    }
  }
  return { dtype: weights.dtype, shape: [perGroup * group, ...kernel, depth], data };
}
