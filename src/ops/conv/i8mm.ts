import type { Kernel } from "../kernel.js";
import { convName } from "./kernel-op.js";
import { acceptPacked, type PackedIsa } from "./neon-packed.js";

const twice = [0, 2, 4, 6].flatMap((c) => [c, c + 1, c, c + 1]);

/** SMMLA: 2 positions by 2 channels in one register of sums, which adds products of 8 inputs. */
const smmla: PackedIsa = {
  kind: "mmla",
  step: 8,
  rows: 2,
  turn: 8,
  weights: Array.from({ length: 64 }, (_, i) => ({ channel: i >> 3, input: i % 8 })),
  group: { biases: twice, scales: twice },
  instructions: (positions) => ({
    step: 4 * Math.ceil(positions / 2) + 2,
    once: 21 * Math.ceil(positions / 2) + 8,
  }),
};

/** Any ungrouped 1-D or 2-D convolution with SMMLA. */
const gemm: Kernel = {
  name: "conv-gemm-8x8-smmla",
  isa: "i8mm",
  ops: [convName],
  accept: (view) => acceptPacked(smmla, view),
};

export const kernels: Kernel[] = [gemm];
