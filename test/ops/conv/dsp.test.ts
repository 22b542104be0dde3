import { describe } from "vitest";
import { kernels } from "../../../src/ops/conv/dsp.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { type ConvShape, randomShape } from "./int8-cases.js";

/** Windows put together by bytes: whole rows of taps, taps one by one, all of it in the padding. */
const gathered: readonly ConvShape[] = [
  { channels: 3, outputs: 8, spatial: [9, 7], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { channels: 5, outputs: 4, spatial: [6, 8], kernel: [2, 3], strides: [2, 3] },
  { channels: 6, outputs: 3, spatial: [30], kernel: [3], dilations: [4], pads: [8, 4] },
  { channels: 2, outputs: 5, spatial: [3, 4], kernel: [4, 4], pads: [4, 4, 4, 4] },
  { batch: 2, channels: 7, outputs: 6, spatial: [11], kernel: [5], pads: [2, 2] },
  { channels: 8, outputs: 6, spatial: [5, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
];

const depthwise: readonly ConvShape[] = [
  { channels: 16, outputs: 16, spatial: [9], kernel: [3], pads: [1, 1], group: 16 },
  { channels: 12, outputs: 12, spatial: [17], kernel: [1], group: 12 },
  { channels: 36, outputs: 36, spatial: [10], kernel: [3], strides: [2], pads: [0, 1], group: 36 },
  { channels: 32, outputs: 32, spatial: [13], kernel: [3], dilations: [16], pads: [16, 16], group: 32 },
  { channels: 8, outputs: 8, spatial: [7, 6], kernel: [3, 3], pads: [1, 1, 1, 1], group: 8 },
  { channels: 8, outputs: 8, spatial: [7, 9], kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1], group: 8 },
  { channels: 4, outputs: 4, spatial: [2, 1], kernel: [3, 3], pads: [1, 1, 1, 1], group: 4 },
  { channels: 12, outputs: 12, spatial: [8, 5], kernel: [3, 3], group: 12, weights: "full" },
  {
    channels: 48,
    outputs: 48,
    spatial: [9, 8],
    kernel: [3, 3],
    strides: [2, 3],
    pads: [1, 0, 2, 1],
    group: 48,
  },
  { channels: 20, outputs: 20, spatial: [6, 7], kernel: [4, 5], pads: [1, 2, 2, 2], group: 20 },
  { batch: 2, channels: 32, outputs: 32, spatial: [30], kernel: [11], pads: [5, 5], group: 32 },
  { batch: 2, channels: 8, outputs: 8, spatial: [5, 8], kernel: [3, 3], pads: [1, 1, 1, 1], group: 8 },
];

const random = new Random(3);
const shapes = [
  ...denseShapes,
  ...gathered,
  ...depthwise,
  ...Array.from({ length: 24 }, () => randomShape(random, false)),
];

describe("vcgen.Conv with SMLAD", () => checkKernels(loadTarget("cortex-m4"), kernels, shapes));
