import type { Target } from "../../target/target.js";
import type { Kernel, KernelCode } from "../kernel.js";
import { type Store, storeCost, storeOf } from "../store.js";
import { newlines } from "./dsp-requantize.js";
import { type FastConv, fastConv } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { foldedBias, type Plane, wholeWindow } from "./regions.js";
import { type WindowRuns, windowRuns } from "./thumb2-window.js";

/** Positions computed together, at most: their inputs take the low registers, their sums the high ones. */
const mostPositions = 5;
const longestUnroll = 8;

/**
 * Any ungrouped 1-D or 2-D convolution as a GEMM of 5 positions by 1 channel. The windows are widened once for
 * all channels. MULS has one destination that is also a factor; here it is the input, loaded anew for each
 * channel by LDM, and ADD takes the sums from the high registers. Sharing a product between two 16-bit lanes
 * would save less than emptying the lanes costs at the depths that real weights allow.
 */
const gemm: Kernel = {
  name: "conv-gemm-5x1",
  isa: "thumb1",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane: p, depth } = conv;
    if (p.group !== 1) return { refused: "grouped: each window serves too few channels" };
    const shape = shapeOf(p);
    const runs = windowRuns(conv, 1);
    const perChannel = depth * (2.3 + 2 * shape.width) + 45 + shape.width * (storeCost(conv.to, target) + 8);
    let store: Store | undefined;
    const once = () => {
      store ??= storeFor(conv, target);
      return store;
    };
    return {
      cost: p.batch * shape.blocks * (shape.width * (8 * depth + 60) + p.outputChannels * perChannel),
      reason: "windows widened once, an input of each position in one load",
      scratch: windowBytes(shape.width, depth) + runs.scratch,
      get notes() {
        return once().notes;
      },
      lower: () => lowerGemm(conv, shape, once(), runs),
    };
  },
};

interface Shape {
  /** Positions of the wider blocks; the others have one less. */
  readonly width: number;
  readonly blocks: number;
  readonly wideBlocks: number;
}

function shapeOf(p: Plane): Shape {
  const positions = p.outputHeight * p.outputWidth;
  const blocks = Math.ceil(positions / mostPositions);
  const width = Math.ceil(positions / blocks);
  return { width, blocks, wideBlocks: positions - blocks * (width - 1) };
}

const windowBytes = (width: number, depth: number): number => 4 * width * (1 + depth);

const offsetsOf = (conv: FastConv): Int32Array =>
  foldedBias(conv.plane, wholeWindow(conv.plane), conv.weights, conv.bias, conv.attrs.xZeroPoint);

const storeFor = (conv: FastConv, target: Target): Store =>
  storeOf({ output: conv.to, target, ranges: conv.ranges, offsets: offsetsOf(conv) });

function lowerGemm(conv: FastConv, shape: Shape, store: Store, runs: WindowRuns): KernelCode {
  const { plane: p, depth, weights } = conv;
  const loop = depth >= 2 * longestUnroll;
  const rest = loop ? depth % longestUnroll : depth;
  const even = shape.wideBlocks === shape.blocks;
  const list = (count: number) => Array.from({ length: count }, (_, i) => i);
  const offsets = offsetsOf(conv);
  const start = store.folded || offsets.every((offset) => offset === 0) ? undefined : offsets;
  return {
    template: "conv/thumb1",
    values: {
      ...runs.values,
      blockCount: shape.blocks,
      blockWidth: shape.width,
      wideBlocks: shape.wideBlocks,
      even,
      outputChannels: p.outputChannels,
      depth,
      runSteps: list(runs.values.runUnroll as number),
      loop,
      unroll: longestUnroll,
      unrolled: list(longestUnroll).join(", "),
      rest: list(rest).join(", "),
      startWithBias: start !== undefined,
      store: store.values,
      to: `i * ${p.outputChannels}`,
      blocks: (even ? [shape.width] : [shape.width, shape.width - 1]).map((width) => ({
        width,
        end: width * (1 + depth - rest),
        inputs: width > 1 ? `{r3-r${2 + width}}` : "{r3}",
        lanes: list(width).map((i) => ({ input: `r${3 + i}`, sum: `r${8 + i}` })),
        unrolledLines: newlines((longestUnroll - 1) * (2 + 2 * width)),
        restLines: newlines((rest - 1) * (2 + 2 * width)),
      })),
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "weights",
        dtype: "uint8",
        data: Uint8Array.from(weights, (w) => w + 128),
        what: "weights plus 128",
      },
      ...(start
        ? [
            {
              kind: "constant",
              name: "bias",
              dtype: "int32",
              data: start,
              what: "bias and zero-point corrections",
            } as const,
          ]
        : []),
      ...store.parameters,
      { kind: "scratch", name: "window", ctype: "int32_t" },
      ...runs.parameters(windowBytes(shape.width, depth)),
      { kind: "output", name: "y", index: 0 },
    ],
    uses: store.uses,
  };
}

export const kernels: Kernel[] = [gemm];
