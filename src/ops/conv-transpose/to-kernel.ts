import { dtypeInfo } from "../../ir/dtype.js";
import { numel, type Tensor } from "../../ir/tensor.js";
import { type ConvAttributes, convName } from "../conv/kernel-op.js";
import { type Operand, signedWeights } from "../conv/to-kernel.js";
import { addCopy } from "../copy/build.js";
import { type LegalizeBuilder, toChannelsFirst, toChannelsLast, transpose, view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type AccumulatorOutput, outputDType } from "../requantize.js";
import { type ConvTransposeAttributes, convTransposeName } from "./kernel-op.js";
import { type Phases, phasesOf } from "./phases.js";

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

/** A transposed convolution in ONNX's layout between two transposes: a `vcgen.Conv` of its phases where it has some. */
export function buildConvTranspose(build: LegalizeBuilder, c: TransposedConvolution): string {
  const rank = c.x.info.shape.length;
  const x = transpose(build, c.x.name, c.x.info, toChannelsLast(rank));
  const xShape = toChannelsLast(rank).map((axis) => c.x.info.shape[axis]);
  const signed = signedWeights(kernelWeights(c.weights, c.group), c.wZeroPoints);
  const attrs: ConvTransposeAttributes = {
    ...c.window,
    group: c.group,
    xZeroPoint: c.xZeroPoint,
    wZeroPoints: signed.zeroPoints,
    output: c.output,
  };
  const info = {
    dtype: outputDType(c.output),
    shape: [xShape[0], ...c.window.outputSpatial, signed.weights.shape[0]],
  };
  const phases = phasesOf({ ...attrs, weights: signed.weights, bias: c.bias, xShape });
  if (phases)
    return transpose(build, buildPhases(build, x, phases, attrs, info), info, toChannelsFirst(rank));
  const bias = c.bias ? [build.constant("bias", c.bias)] : [];
  const inputs = [x, build.constant("weights", signed.weights), ...bias];
  const y = build.node(convTransposeName, inputs, info, attrs);
  return transpose(build, y, info, toChannelsFirst(rank));
}

/** The convolution of the phases, its rows, and of these the ones that are not cropped; gives [N, ...outputSpatial, OC]. */
function buildPhases(
  build: LegalizeBuilder,
  x: string,
  p: Phases,
  { group, xZeroPoint, strides }: ConvTransposeAttributes,
  output: ValueInfo,
): string {
  const ones = strides.map(() => 1);
  const [outer, outputs] = [output.shape.slice(0, -2), output.shape[output.shape.length - 1]];
  const attrs: ConvAttributes = {
    strides: ones,
    dilations: ones,
    pads: p.pads,
    group,
    xZeroPoint,
    wZeroPoints: p.wZeroPoints,
    output: p.output,
  };
  const bias = p.bias ? [build.constant("bias", p.bias)] : [];
  const info = { dtype: output.dtype, shape: [...outer, p.positions, p.stride * outputs] };
  const y = build.node(convName, [x, build.constant("weights", p.weights), ...bias], info, attrs);
  const shape = [...outer, p.positions * p.stride, outputs];
  const rows = { name: view(build, y, info, shape), shape };
  const zeros = shape.map(() => 0);
  const piece = {
    input: 0,
    count: output.shape,
    from: zeros.with(-2, p.skip),
    step: shape.map(() => 1),
    to: zeros,
  };
  return addCopy(build, [rows], output, [piece]);
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
