import type { Kernel, KernelCode } from "../kernel.js";
import { newlines, requantizeTable } from "./dsp-requantize.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { convOverlap } from "./overlap.js";
import type { Plane } from "./regions.js";
import { laneChunks } from "./thumb2-chunks.js";
import { type Thumb2Requantize, thumb2Requantize } from "./thumb2-requantize.js";
import { type WindowRuns, windowRuns } from "./thumb2-window.js";

/** Bits of the lower of the two lanes that share a 64-bit pair of sums. */
const laneBits = 23;
const longestUnroll = 8;
/** Offsets of an instruction end here. */
const mostOffset = 4095;
/** A loop over a window of two words for each input counts in 16 bits. */
const deepest = 8191;

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM of 4 positions by 2 channels. Two positions share each SMLAL:
 * their inputs are one word a + b * 2^23, and the 64-bit product with a weight adds to both sums. The windows
 * are gathered once for all channels; weights stay bytes.
 */
export const gemm: Kernel = {
  name: "conv-gemm-4x2-lanes",
  isa: "thumb2",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth } = conv;
    if (plane.group !== 1) return { refused: "grouped: each window serves too few channels" };
    if (depth > deepest) return { refused: `windows of more than ${deepest} inputs` };
    const width = blockWidthOf(plane);
    if (!width) return { refused: "too many output channels for an offset" };
    const chunks = laneChunks(conv, laneBits, longestUnroll);
    if (!chunks) return { refused: "sums too large for their lanes" };
    const requantize = thumb2Requantize(conv, chunks.length * 2 ** (laneBits - 1));
    const runs = windowRuns(conv, 2);
    const positions = plane.outputHeight * plane.outputWidth;
    const steps = (positions % width) + Math.floor(positions / width);
    const blocks = Math.floor(positions / width);
    const tail = positions % width;
    const perInput = (w: number) => (w > 2 ? 3.6 : w > 0 ? 2.3 : 0) * plane.outputChannels;
    return {
      cost:
        plane.batch *
        (depth * (blocks * perInput(width) + perInput(tail)) +
          positions * (3 * depth + 20 + plane.outputChannels * (requantize.cost + 3)) +
          steps * 20),
      reason: "two positions share each long product, weights stay bytes",
      scratch: windowBytes(conv, width) + runs.scratch,
      overlap: convOverlap(view, width),
      notes: [requantize.choice.note],
      lower: () => lowerGemm(conv, width, chunks, requantize, runs),
    };
  },
};

/** Positions computed together, as far as offsets to their outputs reach. */
function blockWidthOf(p: Plane): number | undefined {
  const positions = p.outputHeight * p.outputWidth;
  return [4, 2, 1].find(
    (w) => (w - 1) * p.outputChannels + 3 <= mostOffset && (w === 1 || w / 2 < positions),
  );
}

const pairsOf = (width: number): number => Math.ceil(width / 2);

const windowBytes = ({ depth }: FastConv, width: number): number => depth * pairsOf(width) * 4;

function lowerGemm(
  conv: FastConv,
  blockWidth: number,
  chunks: readonly number[],
  requantize: Thumb2Requantize,
  runs: WindowRuns,
): KernelCode {
  const { plane: p, depth } = conv;
  const positions = p.outputHeight * p.outputWidth;
  const words = pairsOf(blockWidth);
  const unroll = unrollOf(depth, chunks.length > 1);
  const iterations = Math.floor(depth / unroll);
  const loop = iterations > 1;
  const rest = loop ? depth % unroll : depth;
  const unrollLength = runs.values.runUnroll as number;
  const widths = [...new Set([blockWidth, positions % blockWidth])].filter((n) => n > 0 && n <= positions);
  return {
    template: "conv/thumb2-gemm",
    values: {
      ...requantize.values,
      ...runs.values,
      laneBits,
      laneShift: 32 - laneBits,
      positions,
      blockWidth,
      outputChannels: p.outputChannels,
      runSteps: Array.from({ length: unrollLength }, (_, from) => ({ from, to: from * words })),
      runWords: unrollLength * words,
      windowStep: 4 * words,
      loop,
      unroll,
      rest,
      chunked: chunks.length > 1,
      chunkBytes: (chunks.length > 1 ? chunks[0] : iterations * unroll) * 4 * words,
      loopBytes: iterations * unroll * 4 * words,
      blocks: widths.map((width) => ({ width, groups: groupsOf(conv, width, unroll, rest, requantize) })),
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "weights",
        dtype: "int8",
        data: packPairs(conv),
        what: "weights, 2 output channels interleaved",
      },
      requantizeTable(requantize, p.outputChannels),
      { kind: "scratch", name: "window", ctype: "uint32_t" },
      ...runs.parameters(windowBytes(conv, blockWidth)),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: requantize.uses,
  };
}

/** Inputs in one pass of the loop. With chunks all are multiples of the longest. */
function unrollOf(depth: number, chunked: boolean): number {
  if (chunked) return longestUnroll;
  return [8, 7, 6, 5].find((n) => depth % n === 0) ?? longestUnroll;
}

/** Output channels computed together by one block of assembly, as often as there are such groups. */
function groupsOf(conv: FastConv, width: number, unroll: number, rest: number, requantize: Thumb2Requantize) {
  const { plane, depth } = conv;
  const pairs = pairsOf(width);
  const groups = [];
  let left = plane.outputChannels;
  for (const count of pairs === 2 ? [2, 1] : [4, 2, 1]) {
    const times = Math.floor(left / count);
    if (times === 0) continue;
    left -= times * count;
    groups.push(groupOf({ plane, depth, width, count, times, unroll, rest, last: left === 0 }, requantize));
  }
  return groups;
}

interface Group {
  readonly plane: Plane;
  readonly depth: number;
  readonly width: number;
  readonly count: number;
  readonly times: number;
  readonly unroll: number;
  readonly rest: number;
  readonly last: boolean;
}

function groupOf(g: Group, requantize: Thumb2Requantize) {
  const pairs = pairsOf(g.width);
  const channels = Array.from({ length: g.count }, (_, i) => i);
  const pair = (i: number) => ({ low: `r${4 + 2 * i}`, high: `r${5 + 2 * i}`, total: 24 + 8 * i });
  const all = channels.flatMap((c) => Array.from({ length: pairs }, (_, i) => pair(c * pairs + i)));
  const lines = 1 + g.count * (1 + pairs);
  return {
    count: g.count,
    outputs: g.count * g.times,
    frame: 24 + 8 * all.length,
    /** Bytes to the weights of the second pair of channels. */
    secondWeights: g.count === 4 ? 2 * g.depth : 0,
    lastWeights: g.count === 4 ? "r3" : "r1",
    twoPairs: pairs === 2,
    pairs: all,
    sums: all.flatMap(({ total }) => [{ total }, { total: total + 4 }]),
    weights: channels.map((c) => ({
      pointer: c < 2 ? "r1" : "r3",
      products: Array.from({ length: pairs }, (_, i) => ({ ...pair(c * pairs + i), x: `r${2 + i}` })),
    })),
    unrolledLines: newlines((g.unroll - 1) * lines),
    restLines: newlines((g.rest - 1) * lines),
    channels: channels.map((c) => ({
      row: requantize.rowAt(c),
      sums: requantize.sumsOf(4 + 2 * c * pairs, g.width, g.plane.outputChannels, c),
    })),
    rowBytes: requantize.rowAt(g.count).addend,
    last: g.last,
  };
}

/** [pair of channels][input][channel]; the last channel of an odd number alone. */
function packPairs({ depth, weights, plane }: FastConv): Int8Array {
  const packed = new Int8Array(plane.outputChannels * depth);
  let at = 0;
  for (let o = 0; o < plane.outputChannels; o += 2) {
    const channels = o + 1 < plane.outputChannels ? [o, o + 1] : [o];
    for (let k = 0; k < depth; k++) for (const c of channels) packed[at++] = weights[c * depth + k];
  }
  return packed;
}
