import type { Kernel, KernelCode } from "../kernel.js";
import { type DspRequantize, dspRequantize, newlines } from "./dsp-requantize.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { convOverlap } from "./overlap.js";
import { axisRanges, type Plane } from "./regions.js";

/**
 * Depthwise convolutions, 4 channels at a time: two taps' bytes are widened and paired for SMLAD. The
 * taps of a position are found through a table of pointers; those in the padding point to a row of zero
 * points, so that all positions run the same code.
 */
export const depthwise: Kernel = {
  name: "conv-depthwise-4c",
  isa: "dsp",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    const taps = plane.kernelHeight * plane.kernelWidth;
    if (plane.group !== plane.channels || plane.outputChannels !== plane.channels || plane.group === 1) {
      return { refused: "not depthwise with one output for each input channel" };
    }
    if (plane.channels % 4 !== 0) return { refused: "channels are not a multiple of 4" };
    if (taps > 256) return { refused: "more than 256 taps" };
    const requantize = dspRequantize(conv, target);
    if ("refused" in requantize) return requantize;
    const perGroup = Math.floor(taps / 2) * 18 + (taps % 2) * 9 + 4 * requantize.cost + 2;
    return {
      cost: positionsOf(plane) * ((plane.channels / 4) * perGroup + 12 + 3 * taps),
      reason: "4 channels at a time, taps in pairs",
      scratch: padded(plane) ? 4 * taps + plane.channels : 4 * taps,
      overlap: convOverlap(view, 1),
      notes: [requantize.choice.note],
      lower: () => lowerDepthwise(conv, requantize),
    };
  },
};

const rowsOf = (p: Plane) =>
  axisRanges(p.outputHeight, p.inputHeight, p.kernelHeight, p.strideY, p.dilationY, p.padTop);
const columnsOf = (p: Plane) =>
  axisRanges(p.outputWidth, p.inputWidth, p.kernelWidth, p.strideX, p.dilationX, p.padLeft);

const padded = (p: Plane): boolean =>
  rowsOf(p).some((r) => r.endTap - r.firstTap < p.kernelHeight) ||
  columnsOf(p).some((c) => c.endTap - c.firstTap < p.kernelWidth);

function lowerDepthwise(conv: FastConv, requantize: DspRequantize): KernelCode {
  const { plane: p } = conv;
  const taps = p.kernelHeight * p.kernelWidth;
  const list = (count: number) => Array.from({ length: count }, (_, i) => i);
  const clippedRows = rowsOf(p).some((r) => r.endTap - r.firstTap < p.kernelHeight);
  return {
    template: "conv/dsp-depthwise",
    values: {
      batch: p.batch > 1 ? p.batch : 0,
      image: p.inputHeight * p.inputWidth * p.channels,
      height: p.outputHeight,
      channels: p.channels,
      taps,
      zeroPoint: conv.attrs.xZeroPoint,
      padded: padded(p),
      rows: list(p.kernelHeight).map((ky) => ({
        ky,
        clipped: clippedRows,
        rowStart: `(oy * ${p.strideY} - ${p.padTop} + ${ky * p.dilationY})`,
        inputHeight: p.inputHeight,
        stride: p.inputWidth * p.channels,
      })),
      ranges: columnsOf(p).map((range) => ({
        count: range.to - range.from,
        loop: range.to - range.from > 1,
        taps: list(taps).map((i) => {
          const [ky, kx] = [Math.floor(i / p.kernelWidth), i % p.kernelWidth];
          const column = range.from * p.strideX - p.padLeft + kx * p.dilationX;
          const live = kx >= range.firstTap && kx < range.endTap;
          // Pointers are to the end of a tap's channels: the loop counts up to 0.
          return { i, ky, live, offset: (column + 1) * p.channels };
        }),
      })),
      step: p.strideX * p.channels,
      /** Offsets of the second and further pairs in the table of tap pointers. */
      morePairs: list(Math.floor(taps / 2))
        .slice(1)
        .map((i) => 8 * i)
        .join(", "),
      repeated: newlines((Math.floor(taps / 2) - 2) * 18),
      odd: taps % 2 === 1,
      single: taps === 1,
      last: 4 * (taps - 1),
      ...requantize.values,
      sums: ["r4", "r5", "r6", "r7"],
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "stream",
        dtype: "int32",
        data: packStream(conv, requantize),
        what: "for 4 channels in turn: weights of pairs of taps, then requantization",
      },
      { kind: "scratch", name: "taps", ctype: "const int8_t *" },
      ...(padded(p) ? [{ kind: "scratch", name: "zeros", ctype: "int8_t", offset: 4 * taps } as const] : []),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: [],
  };
}

/**
 * For each 4 channels: for each pair of taps a, b the words (a, b) of channels 0, 2, 1, 3 as int16 halves;
 * of an odd last tap the words (c0, c2) and (c1, c3); for each channel its requantization.
 */
function packStream({ plane, weights, depth: taps }: FastConv, requantize: DspRequantize): Int32Array {
  const halves = (low: number, high: number) => (low & 0xffff) | (high << 16);
  const words: number[] = [];
  for (let c = 0; c < plane.channels; c += 4) {
    const w = (channel: number, tap: number) => weights[(c + channel) * taps + tap];
    for (let t = 0; t + 1 < taps; t += 2)
      for (const i of [0, 2, 1, 3]) words.push(halves(w(i, t), w(i, t + 1)));
    const last = taps - 1;
    if (taps % 2 === 1) words.push(halves(w(0, last), w(2, last)), halves(w(1, last), w(3, last)));
    for (let o = c; o < c + 4; o++) words.push(...requantize.row(o));
  }
  return Int32Array.from(words);
}
