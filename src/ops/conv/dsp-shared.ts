import type { Kernel, KernelCode } from "../kernel.js";
import { layerNumbers } from "../layer-numbers.js";
import { chunksOf, packPairs } from "./dsp-pack.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { convOverlap } from "./overlap.js";
import { floatRequantize, sharedNumbers } from "./shared-layer.js";
import { nibbleChannels, sharedWeights } from "./shared-weights.js";

const blockWidth = 3;
const unroll = 4;

/**
 * The GEMM of 3 positions by 2 channels as one function for all layers: their numbers are arguments, sums
 * are requantized in float32, and the last block repeats positions of the one before.
 */
const gemm = (nibbles: boolean): Kernel => ({
  name: nibbles ? "conv-gemm-3x2-nibbles" : "conv-gemm-3x2-shared",
  isa: "dsp",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane } = conv;
    if (plane.group !== 1) return { refused: "grouped: each window serves too few channels" };
    if (!target.features.unaligned) return { refused: "needs unaligned loads" };
    if (target.features.fpu === "none") return { refused: "no FPU" };
    if (plane.channels % 4 !== 0 || plane.outputChannels % 2 !== 0) return { refused: "odd channels" };
    const perImage = plane.outputHeight * plane.outputWidth;
    if (perImage < blockWidth) return { refused: `fewer than ${blockWidth} positions` };
    const chunks = chunksOf(plane);
    const looped = chunks % unroll === 0 ? unroll : 1;
    const positions = positionsOf(plane);
    const blocks = plane.batch * Math.ceil(perImage / blockWidth);
    const channels = nibbles ? nibbleChannels(conv, 2, chunks * 4) : plane.outputChannels;
    if (channels === undefined) return { refused: "weights have more than 4 bits" };
    const groups = plane.outputChannels / channels;
    return {
      cost:
        groups * positions * (chunks * 6 + 40) +
        (nibbles ? conv.weights.length * 1.5 : 0) +
        blocks * (plane.outputChannels / 2) * (chunks * (20 + 3 / looped) + 6 * 23 + 16),
      reason: "products in pairs; one function for several layers",
      form: `conv/dsp-shared ${looped}`,
      narrow: nibbles,
      codeBytes: 460 + 84 * looped,
      scratch: windowBytes(chunks) + (nibbles ? channels * chunks * 4 : 0),
      // Each group of channels reads the input again.
      overlap: nibbles ? undefined : convOverlap(view, blockWidth),
      notes: ["requant: float32"],
      lower: () => lowerShared(conv, chunks, looped, channels, nibbles),
    };
  },
});

export const sharedGemm = gemm(false);
/** The same with weights of 4 bits, two to a byte in flash, unpacked for some channels at a time. */
export const nibbleGemm = gemm(true);

/** Of the windows of a block, in scratch. */
const windowBytes = (chunks: number): number => Math.ceil((blockWidth * chunks * 8) / 16) * 16;

function lowerShared(
  conv: FastConv,
  chunks: number,
  looped: number,
  channels: number,
  nibbles: boolean,
): KernelCode {
  const { numbers, parameter } = layerNumbers({
    ...sharedNumbers(conv, channels),
    weight_bytes: chunks * 8,
    zero_pair: ((conv.attrs.xZeroPoint & 0xffff) * 0x10001) | 0,
  });
  const weights = sharedWeights(
    packPairs(conv, chunks),
    "weights, 2 output channels by 4 inputs interleaved for SXTB16",
    nibbles ? { count: conv.plane.outputChannels / channels, offset: windowBytes(chunks) } : undefined,
  );
  return {
    template: "conv/dsp-shared",
    values: { numbers, unroll: looped, blanks: "\\n".repeat(20 * looped) },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      weights.parameter,
      floatRequantize(conv, 1, channels),
      parameter,
      { kind: "scratch", name: "window", ctype: "uint32_t" },
      { kind: "output", name: "y", index: 0, step: channels < conv.plane.outputChannels ? channels : 0 },
    ],
    uses: ["dsp/sxtb16"],
    groups: weights.groups,
  };
}
