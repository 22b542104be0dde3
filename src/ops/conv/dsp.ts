import type { Kernel, KernelCode } from "../kernel.js";
import { dspShort } from "../matvec.js";
import { depthwise } from "./dsp-depthwise.js";
import { matvec } from "./dsp-matvec.js";
import { chunksOf, packPairs } from "./dsp-pack.js";
import {
  type DspRequantize,
  dspRequantize,
  newlines,
  requantizeTable,
  singleChannelLibraries,
} from "./dsp-requantize.js";
import { nibbleGemm, sharedGemm } from "./dsp-shared.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { floatConvolution, vfpTile } from "./float-tile.js";
import { convName } from "./kernel-op.js";
import { shortConvolution } from "./matvec.js";
import { convOverlap } from "./overlap.js";
import { type Plane, regionsOf } from "./regions.js";

/** Output positions computed together: their activations share each load of weights. */
const blockWidth = 3;
/** Unrolled steps of 4 inputs, at most; K loops are exact multiples. */
const longestUnroll = 6;

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM of 3 positions by 2 channels with SMLAD. The 3 windows
 * are widened to int16 once and serve all channels; taps in the padding hold the zero point.
 */
const gemm: Kernel = {
  name: "conv-gemm-3x2",
  isa: "dsp",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    if (plane.group !== 1) return { refused: "grouped: each window serves too few channels" };
    if (conv.to.min < -128 || plane.outputChannels * 2 > 4095)
      return { refused: "too many output channels for an offset" };
    if (!target.features.unaligned) return { refused: "needs unaligned loads" };
    const requantize = dspRequantize(conv, target);
    if ("refused" in requantize) return requantize;
    const chunks = chunksOf(plane);
    const positions = positionsOf(plane);
    const perWindow = chunks * 5 + (isByWords(plane) ? 0 : chunks * 3 + plane.kernelHeight * 6) + 20;
    // A block of w positions takes 5 + 5w instructions for 2 channels and 4 inputs.
    const perImage = plane.outputHeight * plane.outputWidth;
    const blocks = plane.batch * Math.ceil(perImage / blockWidth);
    const perChannel = (blocks * 5 + positions * 5) / 2;
    return {
      cost:
        positions * (perWindow + plane.outputChannels * (requantize.cost + 1)) +
        plane.outputChannels * (chunks * perChannel + blocks * (12 + (chunks / unrollOf(chunks)) * 1.5)),
      reason: "int8 products in pairs, activations widened once",
      scratch: blockWidth * chunks * 8 + (isByWords(plane) ? 0 : chunks * 4),
      overlap: convOverlap(view, blockWidth),
      notes: [requantize.choice.note],
      lower: () => lowerGemm(conv, requantize),
    };
  },
};

/** Whether a tap's channels are whole words; else windows are put together byte by byte first. */
const isByWords = (p: Plane): boolean => p.channels % 4 === 0;

const unrollOf = (chunks: number): number => {
  for (let unroll = longestUnroll; unroll > 1; unroll--) if (chunks % unroll === 0) return unroll;
  return 1;
};

function lowerGemm(conv: FastConv, requantize: DspRequantize): KernelCode {
  const { plane: p } = conv;
  const chunks = chunksOf(p);
  const pairs = Math.floor(p.outputChannels / 2);
  const unroll = unrollOf(chunks);
  const positions = p.outputHeight * p.outputWidth;
  const padded = regionsOf(p).some(
    ({ rows, columns }) =>
      rows.endTap - rows.firstTap < p.kernelHeight || columns.endTap - columns.firstTap < p.kernelWidth,
  );
  const apart = padded || p.dilationX > 1;
  const byWords = isByWords(p);
  const block = (width: number) => ({
    width,
    pixels: Array.from({ length: width }, (_, i) => ({ even: `r${4 + 2 * i}`, odd: `r${5 + 2 * i}` })),
    repeated: newlines((unroll - 1) * (5 + 5 * width)),
    evenSums: Array.from({ length: width }, (_, i) => ({
      register: `r${4 + 2 * i}`,
      offset: i * p.outputChannels,
    })),
    oddSums: Array.from({ length: width }, (_, i) => ({
      register: `r${5 + 2 * i}`,
      offset: i * p.outputChannels,
    })),
  });
  const blocks = [...new Set([Math.min(blockWidth, positions), positions % blockWidth])].filter((n) => n > 0);
  return {
    template: "conv/dsp",
    values: {
      batch: p.batch > 1 ? p.batch : 0,
      height: p.outputHeight,
      width: p.outputWidth,
      row: p.inputWidth * p.channels,
      image: p.inputHeight * p.inputWidth * p.channels,
      inputHeight: p.inputHeight,
      inputWidth: p.inputWidth,
      channels: p.channels,
      kernelHeight: p.kernelHeight,
      kernelWidth: p.kernelWidth,
      strideY: p.strideY,
      strideX: p.strideX,
      dilationY: p.dilationY,
      dilationX: p.dilationX,
      padTop: p.padTop,
      padLeft: p.padLeft,
      padded,
      byWords,
      /** By words, a row of taps is one run where nothing is clipped and taps are neighbours. */
      tapRuns: apart ? p.kernelWidth : byWords ? 1 : 0,
      runLength: apart ? p.channels : p.kernelWidth * p.channels,
      /** By bytes, it is one for windows that lie inside, which begin at columns 0 to `lastWhole`. */
      rowRuns: p.dilationX === 1,
      rowRun: p.kernelWidth * p.channels,
      lastWhole: p.inputWidth - p.kernelWidth,
      depth: conv.depth,
      zeroPoint: conv.attrs.xZeroPoint,
      zeroPair: `0x${((conv.attrs.xZeroPoint & 0xffff) * 0x10001).toString(16)}U`,
      windowWords: chunks * 2,
      blockWidth: blocks[0],
      blocks: blocks.map(block),
      weightBytes: chunks * 8,
      outputChannels: p.outputChannels,
      pairs,
      pairedChannels: pairs * 2,
      unroll,
      loop: chunks > unroll,
      ...requantize.values,
      lastRow: requantize.rowWords * (p.outputChannels - 1),
      odd: p.outputChannels % 2 === 1,
      positions,
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "weights",
        dtype: "int8",
        data: packPairs(conv, chunks),
        what: `weights, 2 output channels by 4 inputs interleaved for SXTB16`,
      },
      requantizeTable(requantize, p.outputChannels),
      { kind: "scratch", name: "window", ctype: "uint32_t" },
      ...(byWords
        ? []
        : [{ kind: "scratch", name: "bytes", ctype: "int8_t", offset: blockWidth * chunks * 8 } as const]),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: singleChannelLibraries(requantize),
  };
}

export const kernels: Kernel[] = [
  gemm,
  sharedGemm,
  nibbleGemm,
  depthwise,
  matvec,
  shortConvolution("dsp", dspShort),
  floatConvolution("dsp", ({ features }) => (features.fpu === "none" ? undefined : vfpTile)),
];
