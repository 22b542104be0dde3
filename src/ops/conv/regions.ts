import type { Shape } from "../../ir/tensor.js";
import { type ConvAttributes, convOutputShape } from "./kernel-op.js";

/** Output positions [from, to) of one axis whose live taps, those inside the input, are [firstTap, endTap). */
export interface AxisRange {
  readonly from: number;
  readonly to: number;
  readonly firstTap: number;
  readonly endTap: number;
}

/**
 * A rectangle of output positions that see the same taps. The interior is one region; each border case
 * is another. Kernels skip dead taps and use `foldedBias` of the region instead of writing padding.
 */
export interface Region {
  readonly rows: AxisRange;
  readonly columns: AxisRange;
}

/** A 1-D or 2-D convolution seen as 2-D: one dimension becomes the columns of a single row. */
export interface Plane {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly group: number;
}

/** The plane of a `vcgen.Conv` with x [N, ...spatial, C] and weights [OC, ...kernel, C/group]; undefined for 3-D. */
export function planeOf(x: Shape, w: Shape, attrs: ConvAttributes): Plane | undefined {
  const rank = x.length - 2;
  if (rank > 2) return undefined;
  const y = convOutputShape(x, w, attrs);
  /** [rows, columns] of per-axis numbers; `one` for the row axis of a 1-D convolution. */
  const pair = (values: readonly number[], one: number): readonly number[] =>
    rank === 1 ? [one, values[0]] : values;
  const [inputHeight, inputWidth] = pair(x.slice(1, -1), 1);
  const [outputHeight, outputWidth] = pair(y.slice(1, -1), 1);
  const [kernelHeight, kernelWidth] = pair(w.slice(1, -1), 1);
  const [strideY, strideX] = pair(attrs.strides, 1);
  const [dilationY, dilationX] = pair(attrs.dilations, 1);
  const [padTop, padLeft] = pair(attrs.pads.slice(0, rank), 0);
  const plane: Plane = {
    batch: x[0],
    inputHeight,
    inputWidth,
    channels: x[rank + 1],
    outputHeight,
    outputWidth,
    outputChannels: w[0],
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    padTop,
    padLeft,
    group: attrs.group,
  };
  const oneColumn = inputWidth === 1 && kernelWidth === 1 && outputWidth === 1 && padLeft === 0;
  return oneColumn ? turned(plane) : plane;
}

/** A plane of one column as a plane of one row: the same bytes, and positions that follow each other. */
const turned = (p: Plane): Plane => ({
  ...p,
  inputHeight: 1,
  inputWidth: p.inputHeight,
  outputHeight: 1,
  outputWidth: p.outputHeight,
  kernelHeight: 1,
  kernelWidth: p.kernelHeight,
  strideY: 1,
  strideX: p.strideY,
  dilationY: 1,
  dilationX: p.dilationY,
  padTop: 0,
  padLeft: p.padTop,
});

/** All regions of a plane, in row-major order; together they cover every output position once. */
export function regionsOf(p: Plane): Region[] {
  const rows = axisRanges(p.outputHeight, p.inputHeight, p.kernelHeight, p.strideY, p.dilationY, p.padTop);
  const columns = axisRanges(p.outputWidth, p.inputWidth, p.kernelWidth, p.strideX, p.dilationX, p.padLeft);
  return rows.flatMap((r) => columns.map((c) => ({ rows: r, columns: c })));
}

/** Consecutive output positions of one axis, grouped by their live taps. */
export function axisRanges(
  outputs: number,
  inputs: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): AxisRange[] {
  const ranges: AxisRange[] = [];
  for (let o = 0; o < outputs; o++) {
    const start = o * stride - pad;
    const firstTap = Math.min(kernel, Math.max(0, Math.ceil(-start / dilation)));
    const endTap = Math.max(firstTap, Math.min(kernel, Math.ceil((inputs - start) / dilation)));
    const last = ranges[ranges.length - 1];
    if (last && last.firstTap === firstTap && last.endTap === endTap)
      ranges[ranges.length - 1] = { ...last, to: o + 1 };
    else ranges.push({ from: o, to: o + 1, firstTap, endTap });
  }
  return ranges;
}

/**
 * Per output channel: the bias with the input's zero point folded in, for kernels that multiply raw
 * inputs: `bias - xZeroPoint * sum(w over the region's live taps)`, in int32 that wraps. Weights
 * [OC, KH, KW, C/group] with zero point 0.
 */
export function foldedBias(
  p: Plane,
  region: Region,
  weights: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  xZeroPoint: number,
): Int32Array {
  const depth = p.channels / p.group;
  const folded = new Int32Array(p.outputChannels);
  for (let o = 0; o < p.outputChannels; o++) {
    let sum = 0;
    for (let ky = region.rows.firstTap; ky < region.rows.endTap; ky++) {
      for (let kx = region.columns.firstTap; kx < region.columns.endTap; kx++) {
        const at = ((o * p.kernelHeight + ky) * p.kernelWidth + kx) * depth;
        for (let c = 0; c < depth; c++) sum += weights[at + c];
      }
    }
    folded[o] = ((bias?.[o] ?? 0) - xZeroPoint * sum) | 0;
  }
  return folded;
}

/** All taps: what every position sees where the padding is filled with zero points. */
export const wholeWindow = (p: Plane): Region => ({
  rows: { from: 0, to: p.outputHeight, firstTap: 0, endTap: p.kernelHeight },
  columns: { from: 0, to: p.outputWidth, firstTap: 0, endTap: p.kernelWidth },
});
