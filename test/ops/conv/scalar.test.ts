import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import type { Tensor } from "../../../src/ir/tensor.js";
import { kernelConv } from "../../../src/ops/conv/kernel-op.js";
import { references } from "../../../src/ops/conv/reference.js";
import { kernels } from "../../../src/ops/conv/scalar.js";
import type { Reference } from "../../../src/ops/op.js";
import { type KernelCase, runKernels } from "../kernel-harness.js";
import { bits } from "../node-case.js";
import { platforms } from "../platforms.js";
import { Random } from "../random.js";
import { randomOutput } from "./random-output.js";

interface Options {
  readonly x: DType;
  readonly w: DType;
  readonly output: "requantize" | "int32" | "float32";
}

/** A random convolution with 1 to 3 spatial dimensions. */
function randomConv(random: Random, { x, w, output }: Options): KernelCase {
  const rank = random.int(1, 3);
  const group = random.pick([1, 1, 2, 3]);
  const depthwise = random.next() < 0.3;
  const [inputs, outputs] = depthwise ? [1, 1] : [random.int(1, 5), random.int(1, 6)];
  const groups = depthwise ? random.int(2, 9) : group;
  const kernel = random.next() < 0.25 ? new Array<number>(rank).fill(1) : random.list(rank, 1, 4);
  const strides = random.list(rank, 1, 3);
  const dilations = random.list(rank, 1, 3);
  const pads = random.next() < 0.4 ? new Array<number>(2 * rank).fill(0) : random.list(2 * rank, 0, 5);
  const spatial = kernel.map((k, axis) => (k - 1) * dilations[axis] + random.int(1, 6));
  const wShape = [outputs * groups, ...kernel, inputs];
  const inputTensors: (Tensor | undefined)[] = [
    random.tensor(x, [random.int(1, 2), ...spatial, inputs * groups]),
    random.tensor(w, wShape),
    random.next() < 0.7 ? random.tensor(output === "float32" ? "float32" : "int32", [wShape[0]]) : undefined,
  ];
  const float = output === "float32";
  const zeroPoint = (dtype: DType) => (float ? 0 : random.int(dtypeInfo[dtype].min, dtypeInfo[dtype].max));
  const bias = inputTensors[2];
  if (bias && !float)
    bias.data.forEach((v, i) => {
      if (random.next() < 0.9) bias.data[i] = Number(v) >> 12;
    });
  const attrs = {
    strides,
    dilations,
    pads,
    group: groups,
    xZeroPoint: zeroPoint(x),
    wZeroPoints: Array.from({ length: random.pick([1, wShape[0]]) }, () => zeroPoint(w)),
    output: randomOutput(random, output, wShape[0], inputs * kernel.reduce((n, k) => n * k, 1)),
  };
  return {
    kernel: kernels[0],
    op: "vcgen.Conv",
    inputs: inputTensors,
    constants: [1, 2],
    attrs,
    outputs: kernelConv.infer(inputTensors, attrs, 1),
  };
}

const reference = references["vcgen.Conv"] as Reference;

const kinds: readonly (Options & { readonly count: number })[] = [
  { x: "int8", w: "int8", output: "requantize", count: 16 },
  { x: "uint8", w: "int8", output: "requantize", count: 6 },
  { x: "uint8", w: "uint8", output: "requantize", count: 6 },
  { x: "int8", w: "int4", output: "requantize", count: 4 },
  { x: "int8", w: "uint8", output: "int32", count: 6 },
  { x: "int16", w: "int8", output: "int32", count: 6 },
  { x: "uint16", w: "int16", output: "requantize", count: 6 },
  { x: "uint16", w: "uint16", output: "int32", count: 6 },
  { x: "float32", w: "float32", output: "float32", count: 16 },
];

describe("vcgen.Conv in portable C", () => {
  it.each(platforms)("random shapes give the reference's bytes, $name", ({ name, share, target }) => {
    const random = new Random(name.length);
    const cases = kinds.flatMap(({ count, ...options }) =>
      Array.from({ length: Math.ceil(count * share) }, () => randomConv(random, options)),
    );
    const got = runKernels(cases, target);
    cases.forEach(({ inputs, attrs }, i) => {
      const about = JSON.stringify({ x: inputs[0]?.shape, w: inputs[1]?.shape, ...attrs });
      expect(bits(got[i]), about).toEqual(bits(reference(inputs, attrs, 1)));
    });
  });
});
