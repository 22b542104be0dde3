import { describe } from "vitest";
import { dtypeInfo } from "../../../src/ir/dtype.js";
import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import { kernels as dsp } from "../../../src/ops/dynamic-lstm/dsp.js";
import { kernels as mve } from "../../../src/ops/dynamic-lstm/mve.js";
import { kernels as neon } from "../../../src/ops/dynamic-lstm/neon.js";
import { ops } from "../../../src/ops/dynamic-lstm/op.js";
import { references } from "../../../src/ops/dynamic-lstm/reference.js";
import { kernels as scalar } from "../../../src/ops/dynamic-lstm/scalar.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";

const op = "com.microsoft.DynamicQuantizeLSTM";

function layer(dtype: "int8" | "uint8", input: number, hidden: number, directions: number): CoreCase {
  const random = new Random(input + hidden);
  const { min, max } = dtypeInfo[dtype];
  const numbers = (shape: number[], low: number, high: number, type: "float32" | typeof dtype): Tensor => {
    const count = shape.reduce((n, x) => n * x, 1);
    return tensor(
      type,
      shape,
      Array.from({ length: count }, () => low + random.next() * (high - low)),
    );
  };
  const zero = tensor(dtype, [directions], new Array(directions).fill(dtype === "uint8" ? 128 : 0));
  const scale = () => numbers([directions, 4 * hidden], 0.001, 0.01, "float32");
  const inputs = [
    numbers([3, 2, input], -1, 1, "float32"),
    numbers([directions, input, 4 * hidden], min, max, dtype),
    numbers([directions, hidden, 4 * hidden], min, max, dtype),
    numbers([directions, 8 * hidden], -1, 1, "float32"),
    ...[undefined, undefined, undefined, undefined],
    ...[scale(), zero, scale(), zero],
  ];
  const attrs = { direction: directions === 2 ? "bidirectional" : "forward" };
  const outputs = ops.find(({ name }) => name === op)!.infer(inputs, attrs, 3);
  return { op, inputs, constants: [1, 2, 3, 8, 9, 10, 11], attrs, outputs };
}

const cases = [layer("int8", 3, 5, 2), layer("uint8", 9, 17, 1), layer("int8", 24, 8, 1)];

describe(op, () => {
  const all = [...neon, ...dsp, ...mve, ...scalar];
  for (const name of ["cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"]) {
    checkOnCore(name, all, references, cases, ["dynamic-lstm-matvec"]);
  }
});
