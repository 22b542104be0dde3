import type { Kernel, KernelCode } from "../kernel.js";
import { newlines } from "./dsp-requantize.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { convOverlap } from "./overlap.js";
import { type Plane, regionsOf } from "./regions.js";
import { type Thumb2Requantize, thumb2Requantize } from "./thumb2-requantize.js";

/** Positions computed together, and weights in registers, at most. */
const mostPositions = 4;
const mostWeights = 3;
const mostOffset = 4095;
const mostChannels = 65535;

/**
 * Depthwise convolutions, channel by channel: up to 4 neighbouring positions share the channel's weights and its
 * row of the requantization table, and load each input of their windows once for up to 3 taps. Taps are found
 * through a table of pointers; those in the padding point to zero points.
 */
export const depthwise: Kernel = {
  name: "conv-depthwise-4p",
  isa: "thumb2",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth: taps } = conv;
    if (plane.group !== plane.channels || plane.outputChannels !== plane.channels || plane.group === 1) {
      return { refused: "not depthwise with one output for each input channel" };
    }
    if (taps > 256) return { refused: "more than 256 taps" };
    if (plane.channels > mostChannels) return { refused: `more than ${mostChannels} channels` };
    const shape = shapeOf(plane);
    const requantize = thumb2Requantize(conv, 0);
    const pointers = shape.kinds.reduce((sum, { perRow }) => sum + perRow * plane.kernelHeight, 0);
    const perBlock = shape.kinds.reduce(
      (sum, { perRow, weights }) =>
        sum + perRow * plane.kernelHeight * instructionsOf(plane, shape.width, weights),
      6 + shape.width * (requantize.cost + 2),
    );
    const blocks = plane.batch * plane.outputHeight * shape.blocks;
    return {
      cost: blocks * (plane.channels * perBlock + 30 + 15 * pointers) + positionsOf(plane),
      reason: `${shape.width} positions share the weights of a channel`,
      scratch: 4 * pointers + (padded(plane) ? (1 + pointers) * zeroBytes(plane, shape) : 0),
      overlap: convOverlap(view, shape.width),
      notes: [requantize.choice.note],
      lower: () => lowerDepthwise(conv, shape, pointers, requantize),
    };
  },
};

const padded = (p: Plane): boolean =>
  regionsOf(p).some(
    ({ rows, columns }) =>
      rows.endTap - rows.firstTap < p.kernelHeight || columns.endTap - columns.firstTap < p.kernelWidth,
  );

interface Shape {
  /** Positions of the wider blocks of a row of output; the others have one less. */
  readonly width: number;
  readonly blocks: number;
  readonly wideBlocks: number;
  /** Runs of taps in a row of the kernel that share a pointer: `perRow` of so many weights each, from a tap on. */
  readonly kinds: readonly { readonly weights: number; readonly perRow: number; readonly firstTap: number }[];
}

/** The most positions, then the most taps to a pointer, that offsets from it reach. */
function shapeOf(p: Plane): Shape {
  const reaches = (width: number, weights: number) =>
    ((width - 1) * p.strideX + (weights - 1) * p.dilationX) * p.channels < mostOffset &&
    (width - 1) * p.channels <= mostOffset;
  const most = [mostPositions, 3, 2].find((w) => w <= p.outputWidth && reaches(w, 1)) ?? 1;
  const blocks = Math.ceil(p.outputWidth / most);
  const width = Math.ceil(p.outputWidth / blocks);
  const run = [mostWeights, 2].find((n) => n <= p.kernelWidth && reaches(width, n)) ?? 1;
  const [whole, rest] = [Math.floor(p.kernelWidth / run), p.kernelWidth % run];
  return {
    width,
    blocks,
    wideBlocks: p.outputWidth - blocks * (width - 1),
    kinds: [
      { weights: run, perRow: whole, firstTap: 0 },
      ...(rest > 0 ? [{ weights: rest, perRow: 1, firstTap: whole * run }] : []),
    ],
  };
}

/** Columns from the first to the last input of a run of taps, in the widest block. */
const zeroBytes = (p: Plane, { width, kinds }: Shape): number =>
  ((width - 1) * p.strideX + (kinds[0].weights - 1) * p.dilationX + 1) * p.channels;

function lowerDepthwise(
  conv: FastConv,
  shape: Shape,
  pointers: number,
  requantize: Thumb2Requantize,
): KernelCode {
  const { plane: p, depth: taps, attrs } = conv;
  const even = shape.wideBlocks === shape.blocks;
  const zeros = zeroBytes(p, shape);
  let first = 0;
  const kinds = shape.kinds.map((kind) => {
    const numbers = {
      first,
      perRow: kind.perRow,
      firstColumn: kind.firstTap * p.dilationX,
      columnStep: kind.weights * p.dilationX,
      span: (kind.weights - 1) * p.dilationX + 1,
      stage: first * zeros,
    };
    first += kind.perRow * p.kernelHeight;
    return numbers;
  });
  return {
    template: "conv/thumb2-depthwise",
    values: {
      ...requantize.values,
      batch: p.batch > 1 ? p.batch : 0,
      image: p.inputHeight * p.inputWidth * p.channels,
      height: p.outputHeight,
      inputHeight: p.inputHeight,
      inputWidth: p.inputWidth,
      inputRow: p.inputWidth * p.channels,
      channels: p.channels,
      kernelHeight: p.kernelHeight,
      strideY: p.strideY,
      strideX: p.strideX,
      dilationY: p.dilationY,
      padTop: p.padTop,
      padLeft: p.padLeft,
      zeroPoint: attrs.xZeroPoint,
      padded: padded(p),
      zeroBytes: zeros,
      blockCount: shape.blocks,
      wideBlocks: shape.wideBlocks,
      blockWidth: shape.width,
      even,
      kinds,
      blocks: (even ? [shape.width] : [shape.width, shape.width - 1]).map((width) => ({
        width,
        sums: Array.from({ length: width }, (_, i) => `r${4 + i}`),
        kinds: shape.kinds.map((kind, i) => runOf(p, width, kind.weights, kinds[i].first, kind.perRow)),
        store: requantize.sumsOf(4, width, p.channels, 0),
      })),
      weightGap: -taps & 3,
      row: requantize.rowAt(0),
      rowBytes: requantize.rowAt(1).addend,
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "stream",
        dtype: "int32",
        data: packStream(conv, shape, requantize),
        what: "for each channel: weights as bytes, then requantization",
      },
      { kind: "scratch", name: "taps", ctype: "const int8_t *" },
      ...(padded(p)
        ? ([
            { kind: "scratch", name: "zeros", ctype: "int8_t", offset: 4 * pointers },
            { kind: "scratch", name: "staged", ctype: "int8_t", offset: 4 * pointers + zeros },
          ] as const)
        : []),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: requantize.uses,
  };
}

/** Instructions for a run of taps of a channel. */
const instructionsOf = (p: Plane, width: number, weights: number): number =>
  2 + weights + columnsOf(p, width, weights).size + width * weights;

/** The assembly for runs of taps: each column of the input once, with the products it is part of. */
function runOf(p: Plane, width: number, weights: number, first: number, perRow: number) {
  const columns = columnsOf(p, width, weights);
  const count = perRow * p.kernelHeight;
  return {
    table: Array.from({ length: count }, (_, i) => 4 * (first + i)).join(", "),
    weights: Array.from({ length: weights }, (_, k) => `r${10 + k}`),
    columns: [...columns]
      .sort(([a], [b]) => a - b)
      .map(([column, products]) => ({ offset: column * p.channels, products })),
    lines: newlines((count - 1) * instructionsOf(p, width, weights)),
  };
}

/** Columns of the input from the pointer on, and what each is multiplied by for which sum. */
function columnsOf(p: Plane, width: number, weights: number) {
  const columns = new Map<number, { sum: string; weight: string }[]>();
  for (let position = 0; position < width; position++) {
    for (let k = 0; k < weights; k++) {
      const column = position * p.strideX + k * p.dilationX;
      const products = columns.get(column) ?? [];
      columns.set(column, [...products, { sum: `r${4 + position}`, weight: `r${10 + k}` }]);
    }
  }
  return columns;
}

/** For each channel: weights in the order of the runs of taps, zeros up to a whole word, its requantization. */
function packStream(
  { plane: p, weights, depth: taps }: FastConv,
  { kinds }: Shape,
  { row }: Thumb2Requantize,
) {
  const order = kinds.flatMap(({ weights: run, perRow, firstTap }) =>
    Array.from({ length: p.kernelHeight }, (_, ky) =>
      Array.from({ length: run * perRow }, (_, i) => ky * p.kernelWidth + firstTap + i),
    ).flat(),
  );
  const words: number[] = [];
  for (let c = 0; c < p.channels; c++) {
    for (let i = 0; i < taps; i += 4) {
      let word = 0;
      for (const [j, tap] of order.slice(i, i + 4).entries())
        word |= (weights[c * taps + tap] & 255) << (8 * j);
      words.push(word);
    }
    words.push(...row(c));
  }
  return Int32Array.from(words);
}
