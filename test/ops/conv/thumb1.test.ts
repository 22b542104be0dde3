import { describe } from "vitest";
import { kernels } from "../../../src/ops/conv/thumb1.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { type ConvShape, randomShape } from "./int8-cases.js";

/** Windows that reach far into the padding, extreme weights, depths below and beyond the loop's. */
const dense: readonly ConvShape[] = [
  { channels: 100, outputs: 5, spatial: [11], kernel: [1], weights: "full" },
  { channels: 16, outputs: 4, spatial: [1], kernel: [1], weights: "full" },
  { channels: 17, outputs: 3, spatial: [9], kernel: [5], pads: [4, 4], weights: "full" },
  { channels: 2, outputs: 5, spatial: [3, 4], kernel: [4, 4], pads: [4, 4, 4, 4] },
];

const random = new Random(2);
const shapes = [...dense, ...denseShapes, ...Array.from({ length: 16 }, () => randomShape(random, false))];

describe("vcgen.Conv with Thumb-1", () => {
  checkKernels(loadTarget("cortex-m0plus"), kernels, shapes);
});
