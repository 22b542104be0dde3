import { numel, type Shape } from "../ir/tensor.js";
import { eachIndex, positionOf } from "./indexing.js";
import type { Window } from "./window.js";

/** A kernel element that meets an input element: both as row-major positions over the spatial dimensions. */
export interface Tap {
  readonly input: number;
  readonly kernel: number;
}

/**
 * For every output position of a convolution or pool, in row-major order: the taps that lie inside the
 * input, in row-major order of the kernel.
 */
export const convolutionTaps = (spatial: Shape, output: Shape, window: Window): Tap[][] =>
  gather(
    spatial,
    output,
    window.kernel,
    (axis, out, k) => out * window.strides[axis] + k * window.dilations[axis] - window.pads[axis],
  );

/**
 * The same for a transposed convolution: input position i meets output position
 * `i * stride + k * dilation - padsBegin`.
 */
export const transposedTaps = (
  spatial: Shape,
  output: Shape,
  window: Omit<Window, "pads"> & { readonly padsBegin: readonly number[] },
): Tap[][] =>
  gather(
    spatial,
    output,
    window.kernel,
    (axis, out, k) => (out + window.padsBegin[axis] - k * window.dilations[axis]) / window.strides[axis],
  );

/** Taps for which `inputAt` gives a whole number inside the input on every axis. */
function gather(
  spatial: Shape,
  output: Shape,
  kernel: Shape,
  inputAt: (axis: number, out: number, k: number) => number,
): Tap[][] {
  const windows = new Array<Tap[]>(numel(output));
  eachIndex(output, (out, position) => {
    const taps: Tap[] = [];
    eachIndex(kernel, (k, index) => {
      const at = k.map((tap, axis) => inputAt(axis, out[axis], tap));
      if (at.some((i, axis) => !Number.isInteger(i) || i < 0 || i >= spatial[axis])) return;
      taps.push({ input: positionOf(spatial, at), kernel: index });
    });
    windows[position] = taps;
  });
  return windows;
}
