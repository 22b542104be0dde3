import { describe } from "vitest";
import { sharedGemm as dsp, nibbleGemm as dspNibbles } from "../../../src/ops/conv/dsp-shared.js";
import { sharedGemm as mve, nibbleGemm as mveNibbles } from "../../../src/ops/conv/mve-shared.js";
import { sharedGemm as neon, nibbleGemm as neonNibbles } from "../../../src/ops/conv/neon-shared.js";
import { loadTarget } from "../../../src/target/load.js";
import { checkKernels } from "./check-conv.js";
import type { ConvShape } from "./int8-cases.js";

/** Layers of different sizes, which are one function each time. */
const shapes: readonly ConvShape[] = [
  { channels: 128, outputs: 16, spatial: [9], kernel: [1] },
  { channels: 64, outputs: 12, spatial: [4], kernel: [1], weights: "full" },
  { channels: 300, outputs: 6, spatial: [5], kernel: [1], weights: "small" },
  { channels: 768, outputs: 8, spatial: [3], kernel: [1] },
  { channels: 24, outputs: 18, spatial: [22], kernel: [3], pads: [1, 1] },
  { channels: 8, outputs: 2, spatial: [12], kernel: [3], dilations: [16], pads: [16, 16] },
  { channels: 4, outputs: 10, spatial: [13, 6], kernel: [5, 4], strides: [2, 1], pads: [2, 1, 2, 2] },
  { batch: 2, channels: 32, outputs: 32, spatial: [4, 3], kernel: [1, 1], strides: [2, 1] },
];

describe("kernels that layers share", () => {
  checkKernels(loadTarget("cortex-m4"), [dsp], shapes);
  checkKernels(loadTarget("cortex-m55"), [mve], shapes);
  // NEON's takes whole blocks of 4 output channels, without weights of -128.
  const blocks = shapes
    .filter(({ outputs }) => outputs % 4 === 0)
    .map((s) => ({ ...s, weights: "small" as const }));
  for (const name of ["cortex-a53-neon", "cortex-a53-aarch64"]) {
    checkKernels(loadTarget(name), [neon], [...blocks, { ...blocks[1], kernel: [3], pads: [2, 0] }]);
  }
});

/** Layers in one group of channels and in several, with 4-bit weights. */
const nibbles: readonly ConvShape[] = [
  { channels: 64, outputs: 12, spatial: [7], kernel: [1] },
  { channels: 500, outputs: 64, spatial: [5], kernel: [1] },
  { channels: 24, outputs: 20, spatial: [10], kernel: [3], pads: [1, 1] },
  {
    batch: 2,
    channels: 128,
    outputs: 136,
    spatial: [4, 3],
    kernel: [3, 1],
    strides: [2, 1],
    pads: [1, 0, 1, 0],
  },
].map((shape) => ({ ...shape, weights: "nibble" as const }));

describe("kernels that unpack 4-bit weights", () => {
  checkKernels(loadTarget("cortex-m4"), [dspNibbles], nibbles);
  checkKernels(loadTarget("cortex-m55"), [mveNibbles], nibbles);
  checkKernels(loadTarget("cortex-a53-neon"), [neonNibbles], nibbles);
});
