import type { Kernel, KernelCode } from "../kernel.js";
import { newlines, requantizeTable } from "./dsp-requantize.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { laneChunks } from "./thumb2-chunks.js";
import { type Thumb2Requantize, thumb2Requantize } from "./thumb2-requantize.js";
import { type WindowRuns, windowRuns } from "./thumb2-window.js";

/** Bits of the lower of the two lanes that share a 64-bit pair of sums. */
const laneBits = 24;
const groupChannels = 4;
const longestUnroll = 4;
/** A loop over a window of words counts in 16 bits. */
const deepest = 16_000;

/**
 * One output position, as a fully connected layer has: 4 output channels at a time, each weight loaded once.
 * Masks make two words a + b * 2^24 of 4 weights; one SMLAL by an input adds to both channels' sums.
 */
export const matvec: Kernel = {
  name: "conv-matvec-4c-lanes",
  isa: "thumb2",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth } = conv;
    if (positionsOf(plane) !== 1) return { refused: "more than one output position" };
    if (plane.group !== 1) return { refused: "grouped" };
    if (depth > deepest) return { refused: `windows of more than ${deepest} inputs` };
    if (plane.outputChannels > 65535) return { refused: "too many output channels for an offset" };
    const chunks = laneChunks(conv, laneBits, depth);
    if (chunks?.length !== 1) return { refused: "sums too large for their lanes" };
    const requantize = thumb2Requantize(conv, 2 ** (laneBits - 1));
    const runs = windowRuns(conv, 1);
    const groups = Math.ceil(plane.outputChannels / groupChannels);
    return {
      cost: 20 + 3.2 * depth + groups * (5 * depth + 20) + plane.outputChannels * (requantize.cost + 3),
      reason: "one position: two channels share each long product",
      scratch: windowBytes(depth) + runs.scratch,
      notes: [requantize.choice.note],
      lower: () => lowerMatvec(conv, requantize, runs),
    };
  },
};

const stepsOf = (depth: number): number => Math.ceil(depth / 4);

const windowBytes = (depth: number): number => 8 + 16 * stepsOf(depth);

function lowerMatvec(conv: FastConv, requantize: Thumb2Requantize, runs: WindowRuns): KernelCode {
  const { plane, depth } = conv;
  const steps = stepsOf(depth);
  const unroll = [4, 3].find((n) => steps % n === 0) ?? longestUnroll;
  const loop = steps >= 2 * unroll;
  const rest = loop ? steps % unroll : steps;
  const runUnroll = runs.values.runUnroll as number;
  const list = (count: number) => Array.from({ length: count }, (_, i) => i);
  const left = plane.outputChannels % groupChannels;
  const grouped = plane.outputChannels - left;
  return {
    template: "conv/thumb2-matvec",
    values: {
      ...requantize.values,
      ...runs.values,
      laneBits,
      laneShift: 32 - laneBits,
      runSteps: list(runUnroll),
      missing: list(4 * steps - depth),
      loop,
      unroll,
      rest,
      loopBytes: 8 + 16 * (steps - rest),
      unrolledLines: newlines((unroll - 1) * 19),
      restLines: newlines((rest - 1) * 19),
      steps: list(4).map((i) => ({ weights: `r${8 + i}`, x: `r${2 + (i % 2)}`, load: i % 2 === 0 })),
      pairs: [
        { low: "r4", high: "r5" },
        { low: "r6", high: "r7" },
      ],
      groups: [
        ...(grouped > 0 ? [groupOf(groupChannels, grouped, left === 0, requantize)] : []),
        ...(left > 0 ? [groupOf(left, left, true, requantize)] : []),
      ],
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "weights",
        dtype: "int8",
        data: packGroups(conv, steps),
        what: "weights, 4 output channels interleaved, those of lower lanes plus 128",
      },
      requantizeTable(requantize, plane.outputChannels),
      { kind: "scratch", name: "window", ctype: "int32_t" },
      ...runs.parameters(windowBytes(depth)),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: requantize.uses,
  };
}

/** The block of assembly for groups of `count` channels, `outputs` in all. */
const groupOf = (count: number, outputs: number, last: boolean, requantize: Thumb2Requantize) => ({
  count,
  outputs,
  channels: Array.from({ length: count }, (_, c) => ({
    row: requantize.rowAt(c),
    sums: requantize.sumsOf(4 + c, 1, 0, c),
  })),
  rowBytes: requantize.rowAt(count).addend,
  last,
});

/** [group of channels][input] as bytes c0 + 128, c3, c2 + 128, c1; missing channels and inputs are zeros. */
function packGroups({ depth, weights, plane }: FastConv, steps: number): Int8Array {
  const channels = plane.outputChannels;
  const packed = new Int8Array(Math.ceil(channels / groupChannels) * steps * 16);
  const weight = (o: number, k: number) => (o < channels && k < depth ? weights[o * depth + k] : 0);
  let at = 0;
  for (let o = 0; o < channels; o += groupChannels) {
    for (let k = 0; k < 4 * steps; k++) {
      packed.set([weight(o, k) + 128, weight(o + 3, k), weight(o + 2, k) + 128, weight(o + 1, k)], at);
      at += 4;
    }
  }
  return packed;
}
