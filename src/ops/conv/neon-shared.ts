import type { Kernel } from "../kernel.js";
import { fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { gatherCost, lowerVectorGemm } from "./shared-layer.js";
import { nibbleChannels } from "./shared-weights.js";

/** Channels of a tile, positions of a tile. */
const width = 4;
const height = 2;

/**
 * The GEMM of 2 positions by 4 channels as one function for all layers: their numbers are arguments, all windows
 * are gathered, and 16-bit sums hold two products.
 */
const gemm = (nibbles: boolean): Kernel => ({
  name: nibbles ? "conv-gemm-2x4-nibbles" : "conv-gemm-2x4-shared",
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
    const channels = nibbles ? nibbleChannels(conv, 4, steps * 16) : plane.outputChannels;
    if (channels === undefined) return { refused: "weights have more than 4 bits" };
    const groups = plane.outputChannels / channels;
    return {
      cost:
        (nibbles ? conv.weights.length * 1.5 : 0) +
        groups * gatherCost(plane, 2.5) +
        pairs * (20 + (plane.outputChannels / width) * (steps * perStep + 64)) +
        positionsOf(plane) * 10,
      reason: "products in pairs; one function for several layers",
      form: "conv/neon-shared",
      narrow: nibbles,
      codeBytes: 900,
      scratch: height * steps * 16 + (nibbles ? channels * steps * 16 : 0),
      notes: ["requant: float32 vectors"],
      lower: () =>
        lowerVectorGemm(conv, {
          ...{ template: "conv/neon-shared", width, lanes: width, steps, channels },
          values: { lanes: [0, 1, 2, 3], rows: ["a", "b"] },
          unpackAt: nibbles ? height * steps * 16 : undefined,
        }),
    };
  },
});

export const sharedGemm = gemm(false);
/** The same with weights of 4 bits, two to a byte in flash, unpacked for some channels at a time. */
export const nibbleGemm = gemm(true);
