import { type Plane, regionsOf } from "./regions.js";

/**
 * Where a GEMM finds the windows of an ungrouped convolution: K bytes in a row for each output position.
 * Windows that are contiguous in the input are read where they are, the others are gathered into scratch,
 * padding and all. Numbers are elements of int8.
 */
export interface GemmRows {
  /** Loops outside: images with `image` elements from one to the next, then rows of output with `row`. */
  readonly batch: number;
  readonly image: number;
  readonly rows: number;
  readonly row: number;
  /** Output positions inside them. */
  readonly positions: number;
  /** Positions [from, to) are read in place: position `from` at `start`, each `step` further. */
  readonly direct?: {
    readonly from: number;
    readonly to: number;
    readonly start: number;
    readonly step: number;
  };
  /** Positions gathered at once, at most; 0 if all are direct. */
  readonly block: number;
}

/**
 * Plans the rows of a plane for a kernel that reads `read` bytes of each window (the depth rounded up). No
 * direct window is read beyond the end of the input.
 */
export function gemmRows(p: Plane, read: number, block: number): GemmRows {
  const positions = p.outputHeight * p.outputWidth;
  const image = p.inputHeight * p.inputWidth * p.channels;
  const all: GemmRows = {
    batch: p.batch,
    image,
    rows: 1,
    row: 0,
    positions,
    block: Math.min(block, positions),
  };
  const contiguous = p.kernelHeight === 1 && (p.kernelWidth === 1 || p.dilationX === 1);
  const interior = regionsOf(p).find((r) => r.columns.endTap - r.columns.firstTap === p.kernelWidth)?.columns;
  if (!contiguous || !interior || p.padTop > 0 || (p.outputHeight - 1) * p.strideY >= p.inputHeight)
    return all;
  const step = p.strideX * p.channels;
  const start = (interior.from * p.strideX - p.padLeft) * p.channels;
  const row = p.strideY * p.inputWidth * p.channels;
  /** Of `count` positions in `length` elements, those whose reads stay inside. */
  const inside = (count: number, first: number, length: number) =>
    Math.max(0, Math.min(count, Math.floor((length - first - read) / step) + 1));
  const whole = interior.from === 0 && interior.to === p.outputWidth;
  if (whole && (p.outputHeight === 1 || row === p.outputWidth * step)) {
    const merged = p.batch === 1 || image === positions * step;
    const count = merged ? p.batch * positions : positions;
    const to = inside(count, start, merged ? p.batch * image : image);
    return {
      ...all,
      batch: merged ? 1 : p.batch,
      positions: count,
      direct: to > 0 ? { from: 0, to, start, step } : undefined,
      block: Math.min(block, count - to),
    };
  }
  const count = inside(interior.to - interior.from, start, p.inputWidth * p.channels);
  if (count === 0) return all;
  const to = interior.from + count;
  return {
    ...all,
    rows: p.outputHeight,
    row,
    positions: p.outputWidth,
    direct: { from: interior.from, to, start, step },
    block: Math.min(block, Math.max(interior.from, p.outputWidth - to)),
  };
}
