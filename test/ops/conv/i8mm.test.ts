import { describe } from "vitest";
import { kernels } from "../../../src/ops/conv/i8mm.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { checkKernels, denseShapes } from "./check-conv.js";
import { randomShape } from "./int8-cases.js";

const random = new Random(1);
const shapes = [...denseShapes, ...Array.from({ length: 30 }, () => randomShape(random, false))];

describe("vcgen.Conv with SMMLA", () => checkKernels(loadTarget("armv8.6-i8mm-aarch64"), kernels, shapes));
