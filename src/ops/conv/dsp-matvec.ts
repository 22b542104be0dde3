import type { Kernel, KernelCode } from "../kernel.js";
import {
  type DspRequantize,
  dspRequantize,
  newlines,
  requantizeTable,
  singleChannelLibraries,
} from "./dsp-requantize.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";

/** Output channels that share each load of the input. */
const groupChannels = 6;
const longestUnroll = 4;

/** A fully connected layer on one vector: 6 output channels at a time, each weight loaded once. */
export const matvec: Kernel = {
  name: "conv-matvec-6c",
  isa: "dsp",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth } = conv;
    if (positionsOf(plane) !== 1 || depth !== plane.channels || plane.group !== 1) {
      return { refused: "more than one output position, or a window" };
    }
    if (plane.padTop + plane.padLeft > 0) return { refused: "the position is in the padding" };
    if (plane.outputChannels < groupChannels)
      return { refused: `fewer than ${groupChannels} output channels` };
    const requantize = dspRequantize(conv, target);
    if ("refused" in requantize) return requantize;
    const chunks = Math.ceil(depth / 4);
    return {
      cost:
        chunks * 8 +
        plane.outputChannels * (chunks * (28 / 6) + chunks / 2 / unrollOf(chunks) + requantize.cost + 4),
      reason: "one vector: 6 channels share the input, weights stream",
      scratch: chunks * 8,
      overlap: { input: 0, distance: 0 },
      notes: [requantize.choice.note],
      lower: () => lowerMatvec(conv, requantize),
    };
  },
};

function unrollOf(chunks: number): number {
  for (let unroll = longestUnroll; unroll > 1; unroll--) if (chunks % unroll === 0) return unroll;
  return 1;
}

function lowerMatvec(conv: FastConv, requantize: DspRequantize): KernelCode {
  const { plane, depth } = conv;
  const chunks = Math.ceil(depth / 4);
  const groups = Math.floor(plane.outputChannels / groupChannels);
  const unroll = unrollOf(chunks);
  return {
    template: "conv/dsp-matvec",
    values: {
      ...requantize.values,
      whole: depth - (depth % 4),
      depth,
      tail: depth % 4,
      chunks,
      windowBytes: chunks * 8,
      unroll,
      loop: chunks > unroll,
      grouped: groups * groupChannels,
      rest: plane.outputChannels % groupChannels,
      groupBytes: chunks * 4 * groupChannels * groups,
      rowWords: requantize.rowWords,
      pairs: [0, 1, 2].map((i) => ({ even: `r${4 + 2 * i}`, odd: `r${5 + 2 * i}` })),
      sums: ["r4", "r5", "r6", "r7", "r8", "r9"],
      repeated: newlines((unroll - 1) * 28),
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "weights",
        dtype: "int8",
        data: packGroups(conv, chunks, groups),
        what: "weights, 6 output channels by 4 inputs interleaved for SXTB16, then the other channels",
      },
      requantizeTable(requantize, plane.outputChannels),
      { kind: "scratch", name: "window", ctype: "uint32_t" },
      { kind: "output", name: "y", index: 0 },
    ],
    uses: singleChannelLibraries(requantize),
  };
}

/**
 * For groups of 6 channels: [group][4 inputs][pair of channels] as bytes c0k0 c1k0 c0k2 c1k2 c0k1 c1k1 c0k3
 * c1k3. For each other channel: [4 inputs] as bytes k0 0 k2 0 k1 0 k3 0, ready for SXTB16 alone.
 */
function packGroups({ plane, weights, depth }: FastConv, chunks: number, groups: number): Int8Array {
  const rest = plane.outputChannels - groups * groupChannels;
  const packed = new Int8Array(groups * groupChannels * chunks * 4 + rest * chunks * 8);
  const weight = (o: number, k: number) => (k < depth ? weights[o * depth + k] : 0);
  const order = [0, 2, 1, 3];
  let at = 0;
  for (let g = 0; g < groups; g++) {
    for (let k = 0; k < chunks * 4; k += 4) {
      for (let o = g * groupChannels; o < (g + 1) * groupChannels; o += 2) {
        for (const i of order) for (const channel of [o, o + 1]) packed[at++] = weight(channel, k + i);
      }
    }
  }
  for (let o = groups * groupChannels; o < plane.outputChannels; o++) {
    for (let k = 0; k < chunks * 4; k += 4) {
      for (const i of order) {
        packed[at] = weight(o, k + i);
        at += 2;
      }
    }
  }
  return packed;
}
