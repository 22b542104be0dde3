import type { Kernel, KernelCode } from "../kernel.js";
import { layerNumbers } from "../layer-numbers.js";
import { type FastConv, fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { floatRequantize, gatherCost, packBlocks, sharedNumbers } from "./shared-layer.js";

/** Channels of a tile, positions of a tile. */
const width = 4;
const height = 2;

/**
 * The GEMM of 2 positions by 4 channels as one function for all layers: their numbers are arguments, all windows
 * are gathered, and 16-bit sums hold two products.
 */
export const sharedGemm: Kernel = {
  name: "conv-gemm-2x4-shared",
  isa: "neon",
  ops: [convName],
  accept(view, target) {
    const conv = fastConv(view);
    if ("refused" in conv) return conv;
    const { plane, depth } = conv;
    if (plane.group !== 1) return { refused: "grouped: a window serves too few channels" };
    if (plane.outputChannels % width !== 0) return { refused: "output channels do not divide by 4" };
    if (conv.weights.includes(-128)) return { refused: "two products with a weight of -128 leave 16 bits" };
    const steps = Math.ceil(depth / 16);
    const pairs = plane.batch * Math.ceil((plane.outputHeight * plane.outputWidth) / height);
    const perStep = target.features.bits === 64 ? 37.5 : 35.5;
    return {
      cost:
        gatherCost(plane, 2.5) +
        pairs * (20 + (plane.outputChannels / width) * (steps * perStep + 64)) +
        positionsOf(plane) * 10,
      reason: "products in pairs; one function for several layers",
      form: "conv/neon-shared",
      codeBytes: 900,
      scratch: height * steps * 16,
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
    template: "conv/neon-shared",
    values: { numbers, lanes: [0, 1, 2, 3], rows: ["a", "b"] },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      packBlocks(conv, width),
      floatRequantize(conv, width),
      parameter,
      { kind: "scratch", name: "windows", ctype: "int8_t" },
      { kind: "output", name: "y", index: 0 },
    ],
  };
}
