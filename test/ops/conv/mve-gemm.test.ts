import { describe } from "vitest";
import { gemm } from "../../../src/ops/conv/mve-gemm.js";
import { quads } from "../../../src/ops/conv/mve-quads.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { type ConvShape, randomShape } from "./int8-cases.js";

const random = new Random(5);
const shapes: readonly ConvShape[] = [
  // The longest code: unrolled depth, full groups and a tail.
  { channels: 240, outputs: 31, spatial: [7], kernel: [1], weights: "full" },
  ...denseShapes.filter((_, i) => i % 2 === 0),
  ...Array.from({ length: 4 }, () => randomShape(random, false)),
];
/** The same with whole words of output channels, and 1 to 3 positions left over. */
const words = shapes.map((shape) => ({ ...shape, outputs: Math.ceil(shape.outputs / 4) * 4 }));

describe("lanes are channels", () => checkKernels(loadTarget("cortex-m55"), [gemm], shapes));
describe("lanes are positions", () => checkKernels(loadTarget("cortex-m55"), [quads], words));
