import type { Shape } from "../ir/tensor.js";
import { span, type Window } from "./window.js";

/**
 * Loops over one spatial dimension of a scalar kernel, for templates/ops/conv/window.c.hbs: how an
 * output position o finds the taps that lie inside the input, `first` to before `end` in steps of
 * `tapStep`, and the input position of the first one.
 */
export interface WindowLoop {
  readonly axis: number;
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly dilated: boolean;
  /** Begin padding; what a transposed convolution crops at the beginning. */
  readonly pad: number;
  readonly transposed: boolean;
  /** Some windows reach outside the input. */
  readonly clip: boolean;
  /** Some windows have no tap inside the input. */
  readonly empties: boolean;
  /** More than one tap, or perhaps none: the kernel loops over this dimension. */
  readonly loop: boolean;
  /** C expressions: first tap, its input position, end of the taps; what a tap and its position are called. */
  readonly first: string;
  readonly start: string;
  readonly end: string;
  readonly tap: string;
  readonly position: string;
  readonly tapStep: number;
  /** Input positions from tap to tap: upwards, or downwards in a transposed convolution. */
  readonly inputStep: number;
  /** First tap of each phase of a dilated transposed convolution, comma-separated; "" where it is the phase. */
  readonly firstTaps: string;
}

/** Loops of a convolution or pool. */
export function convolutionLoops(spatial: Shape, output: Shape, window: Window): WindowLoop[] {
  return spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel[axis], window.strides[axis], window.dilations[axis]];
    const pad = window.pads[axis];
    const clip = pad > 0 || (output[axis] - 1) * stride + span(kernel, dilation) - pad > size;
    const loop = clip || kernel > 1;
    const start = clip ? `in${axis}` : stride === 1 ? `o${axis}` : `o${axis} * ${stride}`;
    return {
      axis,
      in: size,
      out: output[axis],
      kernel,
      stride,
      dilation,
      dilated: dilation > 1,
      pad,
      transposed: false,
      clip,
      empties: clip && hasEmpty(size, output[axis], { kernel, stride, dilation, pad }),
      loop,
      first: clip ? `first${axis}` : "0",
      start,
      end: clip ? `end${axis}` : String(kernel),
      tap: loop ? `k${axis}` : "0",
      position: loop ? `p${axis}` : start,
      tapStep: 1,
      inputStep: dilation,
      firstTaps: "",
    };
  });
}

function hasEmpty(
  input: number,
  output: number,
  w: { kernel: number; stride: number; dilation: number; pad: number },
): boolean {
  for (let o = 0; o < output; o++) {
    const first = o * w.stride - w.pad;
    const k = first < 0 ? Math.ceil(-first / w.dilation) : 0;
    if (k >= w.kernel || first + k * w.dilation >= input) return true;
  }
  return false;
}

/** Loops of a transposed convolution: tap k of output position o reads input (o + pad - k * dilation) / stride. */
export function transposedLoops(
  spatial: Shape,
  output: Shape,
  window: Omit<Window, "pads"> & { readonly padsBegin: readonly number[] },
): WindowLoop[] {
  return spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel[axis], window.strides[axis], window.dilations[axis]];
    const common = greatestCommonDivisor(stride, dilation);
    const phases = Array.from({ length: stride }, (_, phase) => firstTap(phase, stride, dilation, kernel));
    return {
      axis,
      in: size,
      out: output[axis],
      kernel,
      stride,
      dilation,
      dilated: dilation > 1,
      pad: window.padsBegin[axis],
      transposed: true,
      clip: true,
      empties: false,
      loop: true,
      first: `first${axis}`,
      start: `in${axis}`,
      end: `end${axis}`,
      tap: `k${axis}`,
      position: `p${axis}`,
      tapStep: stride / common,
      inputStep: dilation / common,
      firstTaps: dilation % stride === 1 % stride ? "" : phases.join(", "),
    };
  });
}

/** The smallest tap k with `k * dilation = phase` modulo the stride; the kernel's size where there is none. */
function firstTap(phase: number, stride: number, dilation: number, kernel: number): number {
  for (let k = 0; k < kernel; k++) if ((phase - k * dilation) % stride === 0) return k;
  return kernel;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
