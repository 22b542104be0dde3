import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import { kernelMatMul } from "../../../src/ops/matmul/kernel-op.js";
import { references } from "../../../src/ops/matmul/reference.js";
import { kernels } from "../../../src/ops/matmul/scalar.js";
import type { Reference } from "../../../src/ops/op.js";
import type { AccumulatorOutput } from "../../../src/ops/requantize.js";
import { randomOutput } from "../conv/random-output.js";
import { type KernelCase, runKernels } from "../kernel-harness.js";
import { bits } from "../node-case.js";
import { platforms } from "../platforms.js";
import { Random } from "../random.js";

interface Options {
  readonly a: DType;
  readonly b: DType;
  readonly output: AccumulatorOutput["kind"];
}

/** A random product with broadcast batch dimensions. */
function randomMatMul(random: Random, { a, b, output }: Options): KernelCase {
  const [m, n, k] = [random.int(1, 6), random.int(1, 9), random.int(1, 12)];
  const batch = random.list(random.int(0, 2), 1, 3);
  const some = (shape: readonly number[]) =>
    shape.slice(random.int(0, shape.length)).map((d) => (random.next() < 0.3 ? 1 : d));
  const transB = random.next() < 0.5;
  const inputs = [
    random.tensor(a, [...some(batch), m, k]),
    random.tensor(b, [...some(batch), ...(transB ? [n, k] : [k, n])]),
  ];
  const zeroPoint = (dtype: DType) =>
    output === "float32" || random.next() < 0.3 ? 0 : random.int(dtypeInfo[dtype].min, dtypeInfo[dtype].max);
  const attrs = {
    transB,
    aZeroPoint: zeroPoint(a),
    bZeroPoint: zeroPoint(b),
    output: randomOutput(random, output, n, k),
  };
  return {
    kernel: kernels[0],
    op: "vcgen.MatMul",
    inputs,
    attrs,
    outputs: kernelMatMul.infer(inputs, attrs, 1),
  };
}

const reference = references["vcgen.MatMul"] as Reference;

const kinds: readonly (Options & { readonly count: number })[] = [
  { a: "int8", b: "int8", output: "requantize", count: 12 },
  { a: "uint8", b: "int8", output: "int32", count: 8 },
  { a: "uint16", b: "uint16", output: "int32", count: 6 },
  { a: "int16", b: "int16", output: "requantize", count: 6 },
  { a: "float32", b: "float32", output: "float32", count: 12 },
];

describe("vcgen.MatMul in portable C", () => {
  it.each(platforms)("random shapes give the reference's bytes, $name", ({ name, share, target }) => {
    const random = new Random(name.length);
    const cases = kinds.flatMap(({ count, ...options }) =>
      Array.from({ length: Math.ceil(count * share) }, () => randomMatMul(random, options)),
    );
    const got = runKernels(cases, target);
    cases.forEach(({ inputs, attrs }, i) => {
      const about = JSON.stringify({ a: inputs[0]?.shape, b: inputs[1]?.shape, ...attrs });
      expect(bits(got[i]), about).toEqual(bits(reference(inputs, attrs, 1)));
    });
  });
});
