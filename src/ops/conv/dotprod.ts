import type { Kernel } from "../kernel.js";
import { convName } from "./kernel-op.js";
import { acceptPacked, type PackedIsa } from "./neon-packed.js";

/** SDOT by element: each 32-bit lane is one channel, which adds products of 4 inputs. */
const sdot: PackedIsa = {
  kind: "dot",
  step: 16,
  rows: 1,
  turn: 4,
  weights: Array.from({ length: 128 }, (_, i) => ({ channel: (i >> 2) % 8, input: (i >> 5) * 4 + (i % 4) })),
  group: { biases: [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7], scales: [0, 1, 2, 3, 4, 5, 6, 7] },
  instructions: (positions) => ({
    step: 8 * positions + Math.ceil(positions / 4) + 2,
    once: Math.ceil(positions / 2) + 9 * positions + 8,
  }),
};

/** Any ungrouped 1-D or 2-D convolution with SDOT. */
const gemm: Kernel = {
  name: "conv-gemm-8x8-sdot",
  isa: "dotprod",
  ops: [convName],
  accept: (view) => acceptPacked(sdot, view),
};

export const kernels: Kernel[] = [gemm];
