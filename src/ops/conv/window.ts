import type { FastConv } from "./fast-view.js";
import type { GemmRows } from "./gemm-rows.js";
import type { Plane, Region } from "./regions.js";

/** All taps: in gathered windows padding holds the zero point, so every window is whole. */
export const wholeWindow = (p: Plane): Region => ({
  rows: { from: 0, to: p.outputHeight, firstTap: 0, endTap: p.kernelHeight },
  columns: { from: 0, to: p.outputWidth, firstTap: 0, endTap: p.kernelWidth },
});

/** Parameters of templates/ops/conv/neon-gemm and gemm-window: loops over positions, with `rows`, `step` and `count` for the GEMM. */
export function gatherValues(
  { plane: p, attrs }: Pick<FastConv, "plane" | "attrs">,
  rows: GemmRows,
  windowStep: number,
) {
  const neighbours = p.dilationX === 1;
  const clipped = (
    pad: number,
    outputs: number,
    stride: number,
    kernel: number,
    dilation: number,
    inputs: number,
  ) => pad > 0 || (outputs - 1) * stride - pad + (kernel - 1) * dilation >= inputs;
  const clippedX = clipped(p.padLeft, p.outputWidth, p.strideX, p.kernelWidth, p.dilationX, p.inputWidth);
  return {
    batch: rows.batch > 1 ? rows.batch : 0,
    image: rows.image,
    rows: rows.rows > 1 ? rows.rows : 0,
    row: rows.row,
    positions: rows.positions,
    direct: rows.direct !== undefined,
    ...(rows.direct ?? { from: 0, to: 0, start: 0, step: 0 }),
    block: rows.block,
    windowStep,
    /** Gathered positions run over a whole image, not one row. */
    divide: rows.rows === 1 && p.outputHeight > 1,
    height: p.outputHeight,
    width: p.outputWidth,
    strideY: p.strideY,
    strideX: p.strideX,
    padTop: p.padTop,
    padLeft: p.padLeft,
    dilationY: p.dilationY,
    dilationX: p.dilationX,
    kernelHeight: p.kernelHeight,
    kernelWidth: p.kernelWidth,
    inputHeight: p.inputHeight,
    inputWidth: p.inputWidth,
    inputRow: p.inputWidth * p.channels,
    channels: p.channels,
    clipRows: clipped(p.padTop, p.outputHeight, p.strideY, p.kernelHeight, p.dilationY, p.inputHeight),
    clipColumns: clippedX,
    neighbours,
    columnLoop: !neighbours || clippedX,
    tapStep: p.dilationX * p.channels,
    lastTapX: (p.kernelWidth - 1) * p.dilationX,
    rowBytes: p.kernelWidth * p.channels,
    xZeroPoint: attrs.xZeroPoint,
  };
}
