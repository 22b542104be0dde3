import { numel, type Shape } from "../../ir/tensor.js";
import { convolutionTaps, type Tap } from "../taps.js";
import type { Window } from "../window.js";
import type { PoolDivisor } from "./kernel-op.js";

/** Where the spatial positions of one channel of one batch element lie: `first + position * step`. */
export interface Plane {
  readonly channel: number;
  readonly first: number;
  readonly step: number;
}

/** The planes of a tensor, by batch element and channel. */
export function planesOf(shape: Shape, channelsLast: boolean): Plane[] {
  const channels = channelsLast ? shape[shape.length - 1] : shape[1];
  const positions = numel(shape) / (shape[0] * channels);
  return Array.from({ length: shape[0] * channels }, (_, plane) => {
    const channel = plane % channels;
    const batch = Math.floor(plane / channels);
    return channelsLast
      ? { channel, first: batch * positions * channels + channel, step: channels }
      : { channel, first: plane * positions, step: 1 };
  });
}

/** Taps of each window, as `convolutionTaps`, and what an average divides by. */
export function poolWindows(
  spatial: Shape,
  output: Shape,
  window: Window,
  divisor: PoolDivisor,
): { taps: readonly Tap[]; count: number }[] {
  const rank = spatial.length;
  const padded = spatial.map((size, i) => size + window.pads[i] + window.pads[rank + i]);
  const unpadded = { ...window, pads: window.pads.map(() => 0) };
  const counted = divisor === "padded" ? convolutionTaps(padded, output, unpadded) : undefined;
  return convolutionTaps(spatial, output, window).map((taps, i) => {
    const inside = counted ? counted[i].length : taps.length;
    return { taps, count: divisor === "kernel" ? numel(window.kernel) : inside };
  });
}

/** A row-major position over the spatial dimensions, counted column-major. */
export function columnMajor(position: number, spatial: Shape): number {
  let [rest, result] = [position, 0];
  for (let axis = spatial.length - 1; axis >= 0; axis--) {
    const step = numel(spatial.slice(0, axis));
    result += (rest % spatial[axis]) * step;
    rest = Math.floor(rest / spatial[axis]);
  }
  return result;
}
