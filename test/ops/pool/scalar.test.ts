import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import type { Reference } from "../../../src/ops/op.js";
import { kernelPool, type PoolAttributes, type PoolKind } from "../../../src/ops/pool/kernel-op.js";
import { references } from "../../../src/ops/pool/reference.js";
import { kernels } from "../../../src/ops/pool/scalar.js";
import type { Requantize } from "../../../src/ops/requantize.js";
import { randomOutput } from "../conv/random-output.js";
import { type KernelCase, runKernels } from "../kernel-harness.js";
import { bits } from "../node-case.js";
import { platforms } from "../platforms.js";
import { Random } from "../random.js";

type Kind = "max" | "indices" | "sum" | "average" | "quantized" | "lp";

function randomKind(random: Random, kind: Kind, x: DType, channels: number, taps: number): PoolKind {
  const { min, max } = dtypeInfo[x];
  const divisor = random.pick(["inside", "padded", "kernel"] as const);
  switch (kind) {
    case "max":
      return { kind };
    case "indices":
      return { kind: "max", indices: random.pick(["row-major", "column-major"]) };
    case "sum": {
      const output = randomOutput(random, "requantize", channels, taps) as Requantize;
      return { kind, xZeroPoint: random.int(min, max), output };
    }
    case "average":
      return { kind, divisor };
    case "lp":
      return { kind, p: random.pick([1, 2]) };
    case "quantized": {
      const xScale = Math.fround(0.01 + random.next());
      const quantize = {
        xScale,
        xZeroPoint: random.int(min, max),
        yScale: random.next() < 0.5 ? xScale : Math.fround(xScale * (0.5 + random.next())),
        yZeroPoint: random.int(min, max),
        offset: x === "int8" ? random.pick([0, 128]) : 0,
        min,
        max,
        dtype: x as "int8",
      };
      return { kind: "average", divisor, quantize };
    }
  }
}

/** A random pool, its last window perhaps partly outside. */
function randomPool(random: Random, x: DType, kind: Kind): KernelCase {
  const rank = random.int(1, 3);
  const channels = random.int(1, 9);
  const kernel = random.list(rank, 1, 4);
  const dilations = random.next() < 0.6 ? new Array<number>(rank).fill(1) : random.list(rank, 1, 3);
  const pads = random.next() < 0.4 ? new Array<number>(2 * rank).fill(0) : random.list(2 * rank, 0, 3);
  const spatial = kernel.map((k, axis) => (k - 1) * dilations[axis] + random.int(1, 6));
  const taps = kernel.reduce((n, k) => n * k, 1);
  const attrs: PoolAttributes = {
    kernel,
    strides: random.list(rank, 1, 3),
    dilations,
    pads,
    ceil: random.next() < 0.4,
    pool: randomKind(random, kind, x, channels, taps),
  };
  const inputs = [random.tensor(x, [random.int(1, 2), ...spatial, channels])];
  return {
    kernel: kernels[0],
    op: "vcgen.Pool",
    inputs,
    attrs,
    outputs: kernelPool.infer(inputs, attrs, kind === "indices" ? 2 : 1),
  };
}

const reference = references["vcgen.Pool"] as Reference;

const kinds: readonly { readonly x: DType; readonly kind: Kind; readonly count: number }[] = [
  { x: "int8", kind: "max", count: 6 },
  { x: "uint8", kind: "max", count: 4 },
  { x: "float32", kind: "max", count: 4 },
  { x: "int8", kind: "indices", count: 6 },
  { x: "float32", kind: "indices", count: 6 },
  { x: "int8", kind: "sum", count: 6 },
  { x: "uint16", kind: "sum", count: 4 },
  { x: "float32", kind: "average", count: 10 },
  { x: "int8", kind: "quantized", count: 10 },
  { x: "uint8", kind: "quantized", count: 6 },
  { x: "float32", kind: "lp", count: 6 },
];

describe("vcgen.Pool in portable C", () => {
  it.each(platforms)("random shapes give the reference's bytes, $name", ({ name, share, target }) => {
    const random = new Random(name.length);
    const cases = kinds.flatMap(({ x, kind, count }) =>
      Array.from({ length: Math.ceil(count * share) }, () => randomPool(random, x, kind)),
    );
    const got = runKernels(cases, target);
    cases.forEach(({ inputs, attrs, outputs }, i) => {
      const about = JSON.stringify({ x: inputs[0]?.shape, ...attrs });
      const expected = reference(inputs, attrs, outputs.length).slice(0, outputs.length);
      expect(bits(got[i]), about).toEqual(bits(expected));
    });
  });
});
