import { describe } from "vitest";
import { kernels } from "../../../src/ops/conv/neon.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { type ConvShape, randomShape } from "./int8-cases.js";

/** Whole groups of 16, rest groups of 8 and 16 that overlap, long kernels, dead rows and columns. */
const depthwise: readonly ConvShape[] = [
  { channels: 64, outputs: 64, spatial: [9], kernel: [3], pads: [1, 1], weights: "full" },
  { channels: 32, outputs: 32, spatial: [13], kernel: [3], dilations: [16], pads: [16, 16] },
  { channels: 8, outputs: 8, spatial: [7, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { channels: 13, outputs: 13, spatial: [7], kernel: [5], strides: [2], pads: [2, 3], weights: "small" },
  { channels: 24, outputs: 24, spatial: [9, 8], kernel: [3, 3], strides: [2, 3], pads: [1, 0, 2, 1] },
  { channels: 30, outputs: 30, spatial: [6, 7], kernel: [4, 5], pads: [1, 2, 2, 2] },
  { batch: 2, channels: 40, outputs: 40, spatial: [30], kernel: [11], pads: [5, 5] },
].map((shape) => ({ ...shape, group: shape.channels }) as ConvShape);

const random = new Random(1);
const shapes = [
  ...denseShapes,
  ...depthwise,
  ...Array.from({ length: 24 }, () => randomShape(random, false)),
  ...Array.from({ length: 12 }, () => randomShape(random, true)),
];

describe("vcgen.Conv with NEON", () => {
  for (const name of ["cortex-a53-neon", "cortex-a7-neon", "cortex-a53-aarch64"]) {
    checkKernels(loadTarget(name), kernels, shapes);
  }
});
