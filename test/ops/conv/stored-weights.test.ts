import { describe, expect, it } from "vitest";
import { dtypeInfo } from "../../../src/ir/dtype.js";
import { numel, type Tensor } from "../../../src/ir/tensor.js";
import { kernelConv } from "../../../src/ops/conv/kernel-op.js";
import { references } from "../../../src/ops/conv/reference.js";
import { kernels } from "../../../src/ops/conv/scalar.js";
import type { KernelCode } from "../../../src/ops/kernel.js";
import type { Reference } from "../../../src/ops/op.js";
import { hostTarget, type KernelCase, runKernels, viewOf } from "../kernel-harness.js";
import { bits } from "../node-case.js";
import { Random } from "../random.js";

interface Shape {
  readonly name: string;
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly group: number;
}

const shapes: readonly Shape[] = [
  { name: "one group of channels", channels: 20, outputs: 12, kernel: 3, group: 1 },
  { name: "several groups of channels", channels: 128, outputs: 24, kernel: 3, group: 1 },
  { name: "no whole blocks", channels: 1024, outputs: 9, kernel: 1, group: 1 },
  { name: "depthwise", channels: 900, outputs: 900, kernel: 3, group: 900 },
  { name: "grouped", channels: 24, outputs: 18, kernel: 5, group: 3 },
];

/** Bits of the weights, and how many of them share a scale. */
const storages = [
  { low: -128, high: 127, run: "tensor", bytes: 1 },
  { low: -128, high: 127, run: "channel", bytes: 1 },
  { low: -30, high: 225, run: "channel", bytes: 1 },
  { low: -8, high: 7, run: "channel", bytes: 0.5 },
  { low: -8, high: 7, run: "tensor", bytes: 0.5 },
  { low: -20000, high: 20000, run: "tensor", bytes: 2 },
  { low: -8, high: 7, run: "block", bytes: 0.5 },
] as const;

function floatConv(random: Random, s: Shape, { low, high, run }: (typeof storages)[number]): KernelCase {
  const wShape = [s.outputs, s.kernel, s.channels / s.group];
  const depth = s.kernel * wShape[2];
  const length = run === "tensor" ? numel(wShape) : run === "block" && depth % 16 === 0 ? 16 : depth;
  const scales = Float32Array.from({ length: numel(wShape) / length }, () => random.next() + 0.01);
  const data = Float32Array.from({ length: numel(wShape) }, (_, i) =>
    Math.fround(random.int(low, high) * scales[Math.floor(i / length)]),
  );
  const inputs: Tensor[] = [
    random.tensor("float32", [1, 7, s.channels]),
    { dtype: "float32", shape: wShape, data },
    random.tensor("float32", [s.outputs]),
  ];
  const attrs = {
    strides: [1],
    dilations: [1],
    pads: [1, 1],
    group: s.group,
    xZeroPoint: 0,
    wZeroPoints: [0],
    output: { kind: "float32" as const },
  };
  const outputs = kernelConv.infer(inputs, attrs, 1);
  return { kernel: kernels[0], op: "vcgen.Conv", inputs, constants: [1, 2], attrs, outputs };
}

const reference = references["vcgen.Conv"] as Reference;

/** Bytes of the tables that a kernel reads. */
function tableBytes(code: KernelCode): number {
  return [...code.parameters, ...(code.groups?.decode.parameters ?? [])].reduce(
    (sum, p) => sum + (p.kind === "constant" ? p.data.byteLength : 0),
    0,
  );
}

function check(cases: readonly KernelCase[]): void {
  runKernels(cases).forEach((got, i) => {
    expect(bits(got), `case ${i}`).toEqual(bits(reference(cases[i].inputs, cases[i].attrs, 1)));
  });
}

describe("weights that are narrower in flash than in the products", () => {
  it.each(shapes)("float32 from integers: $name", (shape) => {
    const random = new Random(shape.channels);
    const cases = storages.map((storage) => floatConv(random, shape, storage));
    check(cases);
  });

  it.each(storages)("take $bytes bytes each ($run, $low to $high)", (storage) => {
    const test = floatConv(new Random(5), shapes[1], storage);
    const answer = kernels[0].accept(viewOf(test), hostTarget);
    if ("refused" in answer) throw new Error(answer.refused);
    const weights = numel(test.inputs[1]!.shape);
    const scales = storage.run === "block" ? weights / 16 : shapes[1].outputs;
    expect(tableBytes(answer.lower())).toBeLessThanOrEqual(weights * storage.bytes + 4 * (scales + 24));
    expect(answer.scratch).toBeLessThanOrEqual(8192);
  });

  it("8-bit weights less zero points far from theirs stay 8-bit", () => {
    const random = new Random(9);
    const w = random.tensor("int8", [40, 3, 33]);
    const bias = Int32Array.from({ length: 40 }, () => random.int(-1e5, 1e5));
    const inputs: Tensor[] = [
      random.tensor("int8", [1, 9, 33]),
      w,
      { dtype: "int32", shape: [40], data: bias },
    ];
    const attrs = {
      strides: [1],
      dilations: [1],
      pads: [1, 1],
      group: 1,
      xZeroPoint: -5,
      wZeroPoints: Array.from({ length: 40 }, () => random.int(dtypeInfo.int8.min, dtypeInfo.int8.max)),
      output: { kind: "int32" as const },
    };
    const outputs = kernelConv.infer(inputs, attrs, 1);
    const test: KernelCase = {
      kernel: kernels[0],
      op: "vcgen.Conv",
      inputs,
      constants: [1, 2],
      attrs,
      outputs,
    };
    check([test]);
    const answer = kernels[0].accept(viewOf(test), hostTarget);
    if ("refused" in answer) throw new Error(answer.refused);
    expect(tableBytes(answer.lower())).toBeLessThan(40 * 99 + 40 * 8);
  });
});
