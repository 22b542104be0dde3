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

const random = new Random(1);
const shapes = [...denseShapes, ...dense, ...Array.from({ length: 24 }, () => randomShape(random, false))];

describe("vcgen.Conv with Thumb-2", () => {
  checkKernels(loadTarget("cortex-m3"), kernels, shapes);
});
