import type { Kernel, KernelCode } from "../kernel.js";
import { layerNumbers } from "../layer-numbers.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { floatRequantize, gatherCost, packBlocks, sharedNumbers } from "./shared-layer.js";

/** Channels of a tile, positions of a tile. */
const width = 2;
const height = 3;

/**
 * The GEMM of 3 positions by 2 channels as one function for all layers: their numbers are arguments, all windows
 * are gathered, and the last tile repeats positions of the one before.
 */
export const sharedGemm: Kernel = {
  name: "conv-gemm-3x2-shared",
  isa: "mve",
  ops: [convName],
  accept(view) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth } = conv;
    if (plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
    if (plane.outputChannels % width !== 0) return { refused: "odd output channels" };
    const perImage = plane.outputHeight * plane.outputWidth;
    if (perImage < height) return { refused: `fewer than ${height} positions` };
    const steps = Math.ceil(depth / 16);
    const tiles = plane.batch * Math.ceil(perImage / height);
    return {
      cost:
        gatherCost(plane, 4) +
        tiles * (30 + (plane.outputChannels / width) * (steps * 15 + 25)) +
        positionsOf(plane) * (10 + Math.ceil(plane.outputChannels / 4) * 15),
      reason: "one function for several layers",
      form: "conv/mve-shared",
      codeBytes: 800,
      scratch: height * steps * 16 + height * plane.outputChannels * 4,
      notes: ["requant: float32 vectors"],
      lower: () => lowerShared(conv, steps),
    };
  },
};

function lowerShared(conv: FastConv, steps: number): KernelCode {
  const { numbers, parameter } = layerNumbers({
    ...sharedNumbers(conv),
    x_zero: conv.attrs.xZeroPoint,
    steps,
  });
  return {
    template: "conv/mve-shared",
    values: { numbers },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      packBlocks(conv, width),
      floatRequantize(conv, 4),
      parameter,
      { kind: "scratch", name: "windows", ctype: "int8_t" },
      { kind: "scratch", name: "sums", ctype: "int32_t", offset: height * steps * 16 },
      { kind: "output", name: "y", index: 0 },
    ],
  };
}
