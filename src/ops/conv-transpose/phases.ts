import { dtypeInfo } from "../../ir/dtype.js";
import type { Shape, Tensor } from "../../ir/tensor.js";
import type { AccumulatorOutput } from "../requantize.js";
import type { ConvTransposeAttributes } from "./kernel-op.js";

/** Weights that are zero may be at most this share of the others. */
const mostZeros = 1 / 2;

/**
 * A transposed convolution as a convolution whose output channels are the channels of `stride` neighbouring
 * output positions: position `q * stride + phase` takes the taps `phase + stride * m` of the input positions
 * `q - m`. Seen as [..., positions * stride, OC], its rows are the output's, from row `skip` on.
 */
export interface Phases {
  /** [stride * OC, ...1s, taps, C]; taps that a phase does not have hold the weights' zero point. */
  readonly weights: Tensor;
  readonly bias?: Tensor;
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
  /** D begins, then D ends. */
  readonly pads: readonly number[];
  readonly stride: number;
  readonly positions: number;
  readonly skip: number;
}

interface Transposed extends ConvTransposeAttributes {
  /** [OC, ...kernel, C] */
  readonly weights: Tensor;
  readonly bias?: Tensor;
  /** Of x, [N, ...spatial, C]. */
  readonly xShape: Shape;
}

/**
 * The phases, or undefined where there are none: floats, whose sums have another order; groups, dilations,
 * or more than the last dimension to transpose; and strides that would leave many weights zero.
 */
export function phasesOf(c: Transposed): Phases | undefined {
  const rank = c.strides.length;
  const last = rank - 1;
  const kernel = c.weights.shape.slice(1, -1);
  const spatial = c.xShape.slice(1, -1);
  const pointwise = (axis: number) =>
    kernel[axis] === 1 &&
    c.strides[axis] === 1 &&
    c.padsBegin[axis] === 0 &&
    c.outputSpatial[axis] === spatial[axis];
  const others = Array.from({ length: last }, (_, axis) => axis);
  if (c.weights.dtype === "float32" || c.group !== 1 || !others.every(pointwise)) return undefined;
  const [stride, pad, length, taps] = [c.strides[last], c.padsBegin[last], spatial[last], kernel[last]];
  const steps = Math.ceil(taps / stride);
  if ((c.dilations[last] !== 1 && taps > 1) || stride * steps > taps * (1 + mostZeros)) return undefined;
  const first = Math.floor(pad / stride);
  const skip = pad - first * stride;
  const wanted = Math.ceil((skip + c.outputSpatial[last]) / stride);
  const begin = steps - 1 - first;
  const end = Math.max(0, wanted + steps - 1 - begin - length);
  if (begin < 0) return undefined;
  return {
    weights: phaseWeights(c, stride, steps),
    bias: c.bias && { ...c.bias, shape: [c.bias.shape[0] * stride], data: repeated(c.bias, stride) },
    wZeroPoints: perChannel(c.wZeroPoints, stride),
    output:
      c.output.kind === "requantize"
        ? { ...c.output, scales: perChannel(c.output.scales, stride) }
        : c.output,
    pads: [...others.map(() => 0), begin, ...others.map(() => 0), end],
    stride,
    positions: length + begin + end - steps + 1,
    skip,
  };
}

function phaseWeights({ weights, wZeroPoints }: Transposed, stride: number, steps: number): Tensor {
  const { shape, dtype } = weights;
  const [outputs, taps, depth] = [shape[0], shape[shape.length - 2], shape[shape.length - 1]];
  const data = new dtypeInfo[dtype].array(stride * outputs * steps * depth);
  let at = 0;
  for (let phase = 0; phase < stride; phase++) {
    for (let o = 0; o < outputs; o++) {
      const zero = wZeroPoints.length === 1 ? wZeroPoints[0] : wZeroPoints[o];
      for (let m = steps - 1; m >= 0; m--) {
        const tap = phase + stride * m;
        for (let c = 0; c < depth; c++) {
          data[at++] = tap < taps ? weights.data[(o * taps + tap) * depth + c] : zero;
        }
      }
    }
  }
  return { dtype, shape: [stride * outputs, ...shape.slice(1, -2), steps, depth], data };
}

const perChannel = (values: readonly number[], times: number): readonly number[] =>
  values.length === 1 ? values : Array.from({ length: times }, () => values).flat();

function repeated(bias: Tensor, times: number): Tensor["data"] {
  const data = new dtypeInfo[bias.dtype].array(bias.data.length * times);
  for (let i = 0; i < data.length; i++) data[i] = bias.data[i % bias.data.length];
  return data;
}
