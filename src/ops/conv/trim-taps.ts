import type { FastConv } from "./fast-view.js";
import { type AxisRange, axisRanges } from "./regions.js";

/**
 * Drops the taps that lie in the padding at every output position: rows and columns at the kernel's edges,
 * as dilated kernels on short inputs have. They add nothing. Pads that shrink below 0 move the window inwards.
 */
export function trimTaps(conv: FastConv): FastConv {
  const { plane: p, weights } = conv;
  const live = (ranges: readonly AxisRange[]): readonly [number, number] => [
    Math.min(...ranges.map((r) => r.firstTap)),
    Math.max(...ranges.map((r) => r.endTap)),
  ];
  const [top, bottom] = live(
    axisRanges(p.outputHeight, p.inputHeight, p.kernelHeight, p.strideY, p.dilationY, p.padTop),
  );
  const [left, right] = live(
    axisRanges(p.outputWidth, p.inputWidth, p.kernelWidth, p.strideX, p.dilationX, p.padLeft),
  );
  const [kernelHeight, kernelWidth] = [bottom - top, right - left];
  if (kernelHeight <= 0 || kernelWidth <= 0) return conv;
  if (kernelHeight === p.kernelHeight && kernelWidth === p.kernelWidth) return conv;
  const tap = p.channels / p.group;
  const kept = new Int8Array(p.outputChannels * kernelHeight * kernelWidth * tap);
  let at = 0;
  for (let o = 0; o < p.outputChannels; o++) {
    for (let ky = top; ky < bottom; ky++) {
      const from = ((o * p.kernelHeight + ky) * p.kernelWidth + left) * tap;
      kept.set(weights.subarray(from, from + kernelWidth * tap), at);
      at += kernelWidth * tap;
    }
  }
  return {
    ...conv,
    weights: kept,
    depth: kernelHeight * kernelWidth * tap,
    plane: {
      ...p,
      kernelHeight,
      kernelWidth,
      padTop: p.padTop - top * p.dilationY,
      padLeft: p.padLeft - left * p.dilationX,
    },
  };
}
