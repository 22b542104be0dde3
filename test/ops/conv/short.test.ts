import { describe } from "vitest";
import { kernels as dsp } from "../../../src/ops/conv/dsp.js";
import { kernelConv } from "../../../src/ops/conv/kernel-op.js";
import { kernels as mve } from "../../../src/ops/conv/mve.js";
import { kernels as neon } from "../../../src/ops/conv/neon.js";
import { references } from "../../../src/ops/conv/reference.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";
import { randomOutput } from "./random-output.js";

interface Shape {
  readonly x: readonly number[];
  /** [OC, ...kernel, C] */
  readonly w: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly output?: "int32" | "requantize";
}

const random = new Random(5);

/** int16 inputs of any size: sums wrap, as the reference's do. */
function shortCase({ x, w, output = "int32", ...window }: Shape): CoreCase {
  const ones = w.slice(1, -1).map(() => 1);
  const inputs = [
    random.tensor("int16", x),
    random.tensor("int8", w),
    output === "requantize" ? random.tensor("int32", [w[0]]) : undefined,
  ];
  const attrs = {
    strides: window.strides ?? ones,
    dilations: window.dilations ?? ones,
    pads: window.pads ?? [...ones, ...ones].map(() => 0),
    group: 1,
    xZeroPoint: output === "requantize" ? random.int(-300, 300) : 0,
    wZeroPoints: [0],
    output: randomOutput(
      random,
      output,
      w[0],
      w.slice(1).reduce((n, d) => n * d, 64),
    ),
  };
  return { op: "vcgen.Conv", inputs, constants: [1, 2], attrs, outputs: kernelConv.infer(inputs, attrs, 1) };
}

const cases = [
  shortCase({ x: [1, 9, 16], w: [8, 1, 16] }),
  shortCase({ x: [1, 7, 13], w: [11, 1, 13] }),
  shortCase({ x: [2, 11, 6], w: [5, 3, 6], pads: [1, 1] }),
  shortCase({ x: [1, 10, 3], w: [3, 3, 3], dilations: [2], pads: [2, 0], output: "requantize" }),
  shortCase({ x: [1, 6, 5, 4], w: [4, 3, 2, 4], strides: [2, 1], pads: [1, 0, 1, 1], output: "requantize" }),
];

describe("vcgen.Conv of int16", () => {
  const all = [...neon, ...dsp, ...mve];
  for (const name of ["cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"]) {
    checkOnCore(name, all, references, cases, ["conv-short"]);
  }
});
