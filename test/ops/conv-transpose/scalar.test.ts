import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import type { Tensor } from "../../../src/ir/tensor.js";
import { kernelConvTranspose } from "../../../src/ops/conv-transpose/kernel-op.js";
import { references } from "../../../src/ops/conv-transpose/reference.js";
import { kernels } from "../../../src/ops/conv-transpose/scalar.js";
import type { Reference } from "../../../src/ops/op.js";
import type { AccumulatorOutput } from "../../../src/ops/requantize.js";
import { randomOutput } from "../conv/random-output.js";
import { type KernelCase, runKernels } from "../kernel-harness.js";
import { bits } from "../node-case.js";
import { platforms } from "../platforms.js";
import { Random } from "../random.js";

interface Options {
  readonly x: DType;
  readonly w: DType;
  readonly output: AccumulatorOutput["kind"];
}

/** A random transposed convolution, its output cropped or larger than what the taps reach. */
function randomCase(random: Random, { x, w, output }: Options): KernelCase {
  const rank = random.int(1, 3);
  const depthwise = random.next() < 0.2;
  const groups = depthwise ? random.int(2, 6) : random.pick([1, 1, 2]);
  const [inputs, outputs] = depthwise ? [1, 1] : [random.int(1, 5), random.int(1, 6)];
  const kernel = random.list(rank, 1, 5);
  const strides = random.list(rank, 1, 4);
  const dilations = random.next() < 0.5 ? new Array<number>(rank).fill(1) : random.list(rank, 1, 4);
  const spatial = random.list(rank, 1, 4);
  const padsBegin = random.next() < 0.4 ? new Array<number>(rank).fill(0) : random.list(rank, 0, 3);
  const outputSpatial = spatial.map((n, i) =>
    Math.max(1, (n - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - padsBegin[i] + random.int(-3, 2)),
  );
  const channels = outputs * groups;
  const float = output === "float32";
  const tensors: (Tensor | undefined)[] = [
    random.tensor(x, [random.int(1, 2), ...spatial, inputs * groups]),
    random.tensor(w, [channels, ...kernel, inputs]),
    random.next() < 0.7 ? random.tensor(float ? "float32" : "int32", [channels]) : undefined,
  ];
  const zeroPoint = (dtype: DType) => (float ? 0 : random.int(dtypeInfo[dtype].min, dtypeInfo[dtype].max));
  const attrs = {
    strides,
    dilations,
    padsBegin,
    outputSpatial,
    group: groups,
    xZeroPoint: zeroPoint(x),
    wZeroPoints: Array.from({ length: random.pick([1, channels]) }, () => zeroPoint(w)),
    output: randomOutput(random, output, channels, inputs * 4),
  };
  return {
    kernel: kernels[0],
    op: "vcgen.ConvTranspose",
    inputs: tensors,
    constants: [1, 2],
    attrs,
    outputs: kernelConvTranspose.infer(tensors, attrs, 1),
  };
}

const reference = references["vcgen.ConvTranspose"] as Reference;

const kinds: readonly (Options & { readonly count: number })[] = [
  { x: "int8", w: "int8", output: "requantize", count: 16 },
  { x: "uint8", w: "int8", output: "int32", count: 6 },
  { x: "int16", w: "int16", output: "requantize", count: 4 },
  { x: "float32", w: "float32", output: "float32", count: 16 },
];

describe("vcgen.ConvTranspose in portable C", () => {
  it.each(platforms)("random shapes give the reference's bytes, $name", ({ name, share, target }) => {
    const random = new Random(name.length);
    const cases = kinds.flatMap(({ count, ...options }) =>
      Array.from({ length: Math.ceil(count * share) }, () => randomCase(random, options)),
    );
    const got = runKernels(cases, target);
    cases.forEach(({ inputs, attrs }, i) => {
      const about = JSON.stringify({ x: inputs[0]?.shape, w: inputs[1]?.shape, ...attrs });
      expect(bits(got[i]), about).toEqual(bits(reference(inputs, attrs, 1)));
    });
  });
});
