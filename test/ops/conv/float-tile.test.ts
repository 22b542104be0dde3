import { describe } from "vitest";
import { numel, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { kernels as dsp } from "../../../src/ops/conv/dsp.js";
import { kernelConv } from "../../../src/ops/conv/kernel-op.js";
import { kernels as neon } from "../../../src/ops/conv/neon.js";
import { references } from "../../../src/ops/conv/reference.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";

const random = new Random(21);

/** Numbers of many magnitudes, some with denormal products. */
function floats(shape: readonly number[]): Tensor {
  const value = () => (random.next() - 0.5) * 2 ** random.int(-4, 4) * (random.next() < 0.1 ? 2 ** -70 : 1);
  return tensor("float32", shape, Array.from({ length: numel(shape) }, value));
}

/** Weights of 8 bits and a scale, which are decoded in front of the kernel. */
const quantized = (shape: readonly number[]): Tensor =>
  tensor(
    "float32",
    shape,
    random.list(numel(shape), -127, 127).map((q) => q * Math.fround(0.0123)),
  );

function convCase(
  x: readonly number[],
  weights: Tensor,
  window: { strides?: number[]; dilations?: number[]; pads?: number[] } = {},
): CoreCase {
  const ones = weights.shape.slice(1, -1).map(() => 1);
  const bias = random.next() < 0.7 ? floats([weights.shape[0]]) : undefined;
  const inputs = [floats(x), weights, bias];
  const attrs = {
    strides: ones,
    dilations: ones,
    pads: [...ones, ...ones].map(() => 0),
    group: 1,
    xZeroPoint: 0,
    wZeroPoints: [0],
    output: { kind: "float32" as const },
    ...window,
  };
  return { op: "vcgen.Conv", inputs, constants: [1, 2], attrs, outputs: kernelConv.infer(inputs, attrs, 1) };
}

const cases = [
  convCase([1, 9, 16], floats([8, 1, 16])),
  convCase([1, 6, 13], floats([12, 1, 13])),
  convCase([2, 11, 6], floats([4, 3, 6]), { pads: [1, 1] }),
  convCase([1, 10, 3], floats([8, 3, 3]), { dilations: [2], pads: [2, 0] }),
  convCase([1, 6, 5, 4], floats([4, 3, 2, 4]), { strides: [2, 1], pads: [1, 0, 1, 1] }),
  convCase([1, 7, 150], quantized([32, 1, 150])),
];

describe("vcgen.Conv of float32 in tiles", () => {
  for (const name of ["cortex-m4", "cortex-a53-neon", "cortex-a53-aarch64"]) {
    checkOnCore(name, [...neon, ...dsp], references, cases, ["conv-float-tile"]);
  }
});
