import { describe } from "vitest";
import { kernels } from "../../../src/ops/conv/thumb2.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { type ConvShape, randomShape } from "./int8-cases.js";

/** Sums that fit one chunk of their lanes, or need several; windows partly or wholly outside the input. */
const dense: readonly ConvShape[] = [
  { channels: 600, outputs: 5, spatial: [7], kernel: [1], weights: "full" },
  { channels: 1203, outputs: 3, spatial: [2], kernel: [1], weights: "full" },
  { channels: 700, outputs: 6, spatial: [5], kernel: [3], pads: [2, 2], weights: "full" },
  { channels: 3, outputs: 1400, spatial: [5], kernel: [1] },
  { channels: 2, outputs: 5, spatial: [3, 4], kernel: [4, 4], pads: [4, 4, 4, 4] },
];

/** Runs of 1 to 3 taps, blocks of 1 to 4 positions, taps too far apart for an offset, dead rows and columns. */
const depthwise: readonly ConvShape[] = [
  { channels: 64, outputs: 64, spatial: [9], kernel: [3], pads: [1, 1], weights: "full" },
  { channels: 512, outputs: 512, spatial: [13], kernel: [3], dilations: [16], pads: [16, 16] },
  { channels: 1500, outputs: 1500, spatial: [6], kernel: [3], strides: [2], pads: [1, 1] },
  { channels: 5, outputs: 5, spatial: [7, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { channels: 13, outputs: 13, spatial: [7], kernel: [5], strides: [2], pads: [2, 3], weights: "small" },
  { channels: 24, outputs: 24, spatial: [9, 8], kernel: [3, 3], strides: [2, 3], pads: [1, 0, 2, 1] },
  { channels: 30, outputs: 30, spatial: [6, 7], kernel: [4, 5], pads: [1, 2, 2, 2] },
  { channels: 3, outputs: 3, spatial: [1, 1], kernel: [3, 3], pads: [3, 3, 3, 3] },
  { batch: 2, channels: 40, outputs: 40, spatial: [30], kernel: [11], pads: [5, 5] },
].map((shape) => ({ ...shape, group: shape.channels }) as ConvShape);

/** One position: groups of 4 channels and what is left, depths in whole words and not, windows. */
const vectors: readonly ConvShape[] = [
  { channels: 128, outputs: 33, spatial: [1], kernel: [1], weights: "full" },
  { channels: 37, outputs: 10, spatial: [1], kernel: [1] },
  { channels: 300, outputs: 3, spatial: [1], kernel: [1], weights: "full" },
  { channels: 900, outputs: 4, spatial: [1], kernel: [1], weights: "full" },
  { channels: 6, outputs: 7, spatial: [3, 3], kernel: [3, 4], pads: [0, 1, 0, 0], weights: "full" },
  { channels: 5, outputs: 9, spatial: [5], kernel: [3], dilations: [3], pads: [1, 1] },
];

const random = new Random(1);
const shapes = [
  ...vectors,
  ...depthwise,
  ...dense,
  ...denseShapes,
  ...Array.from({ length: 16 }, () => randomShape(random, false)),
  ...Array.from({ length: 10 }, () => randomShape(random, true)),
];

describe("vcgen.Conv with Thumb-2", () => {
  checkKernels(loadTarget("cortex-m3"), kernels, shapes);
});
