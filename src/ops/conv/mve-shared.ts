import type { Kernel } from "../kernel.js";
import { fastConv, positionsOf } from "./fast-view.js";
import { convName } from "./kernel-op.js";
import { gatherCost, lowerVectorGemm } from "./shared-layer.js";
import { nibbleChannels } from "./shared-weights.js";

/** Channels of a tile, positions of a tile. */
const width = 2;
const height = 3;

/**
 * The GEMM of 3 positions by 2 channels as one function for all layers: their numbers are arguments, all windows
 * are gathered, and the last tile repeats positions of the one before.
 */
const gemm = (nibbles: boolean): Kernel => ({
  name: nibbles ? "conv-gemm-3x2-nibbles" : "conv-gemm-3x2-shared",
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
    const channels = nibbles ? nibbleChannels(conv, 4, steps * 16) : plane.outputChannels;
    if (channels === undefined) return { refused: "weights have more than 4 bits" };
    const groups = plane.outputChannels / channels;
    return {
      cost:
        (nibbles ? conv.weights.length * 1.5 : 0) +
        groups * gatherCost(plane, 4) +
        tiles * (30 + (plane.outputChannels / width) * (steps * 15 + 25)) +
        positionsOf(plane) * (10 + Math.ceil(plane.outputChannels / 4) * 15),
      reason: "one function for several layers",
      form: "conv/mve-shared",
      narrow: nibbles,
      codeBytes: 800,
      scratch: sumsEnd(steps, channels) + (nibbles ? channels * steps * 16 : 0),
      notes: ["requant: float32 vectors"],
      lower: () =>
        lowerVectorGemm(conv, {
          ...{ template: "conv/mve-shared", values: {}, width, lanes: 4, steps, channels },
          sums: [{ kind: "scratch", name: "sums", ctype: "int32_t", offset: height * steps * 16 }],
          unpackAt: nibbles ? sumsEnd(steps, channels) : undefined,
        }),
    };
  },
});

export const sharedGemm = gemm(false);
/** The same with weights of 4 bits, two to a byte in flash, unpacked for some channels at a time. */
export const nibbleGemm = gemm(true);

/** End of the windows and sums of a tile in scratch. */
const sumsEnd = (steps: number, channels: number): number =>
  height * steps * 16 + Math.ceil((height * channels) / 4) * 16;
