import { describe } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import type { FunctionName } from "../../../src/ops/elementwise/functions.js";
import { map } from "../../../src/ops/elementwise/map.js";
import { kernels as neon } from "../../../src/ops/elementwise/neon.js";
import { references } from "../../../src/ops/elementwise/reference.js";
import { kernels as scalar } from "../../../src/ops/elementwise/scalar.js";
import { StepBuilder, type Term } from "../../../src/ops/elementwise/steps.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";

const random = new Random(9);

function mapCase(inputs: readonly Tensor[], write: (p: StepBuilder, ...x: Term[]) => Term): CoreCase {
  const p = new StepBuilder();
  write(p, ...inputs.map((x, i) => p.input(i, x.dtype)));
  const attrs = { steps: p.steps };
  return { op: "vcgen.Map", inputs, attrs, outputs: map.infer(inputs, attrs, 1) };
}

/** Both zeros, the smallest and largest numbers, infinities, and numbers of all magnitudes. */
const special = [
  ...[
    0,
    2 ** -149,
    1e-40,
    2 ** -126,
    0.5,
    0.6249999,
    0.625,
    0.9375,
    1.5,
    2.5,
    4,
    88.7,
    91.5,
    104,
    3.4e38,
    1 / 0,
  ],
].flatMap((x) => [x, -x]);

function floats(count: number): Tensor {
  const spread = () => (random.next() - 0.5) * 2 ** random.int(-40, 9);
  const values = Array.from({ length: count }, (_, i) => special[i] ?? spread());
  return tensor("float32", [count], values);
}

const nans = tensor("float32", [8], [Number.NaN, 1, Number.NaN, -200, 0.5, Number.NaN, 300, -0.5]);

const sample = (dtype: DType, shape: Shape) => random.tensor(dtype, shape);
const unary: readonly FunctionName[] = [
  ...(["Neg", "Abs", "Floor", "Ceil", "Round", "Exp", "Sigmoid", "Tanh", "Erf"] as const),
];
const binary: readonly FunctionName[] = ["Add", "Sub", "Mul", "Div", "Max", "Min"];
const narrow = ["int8", "uint8", "int16", "uint16"] as const;

const cases: CoreCase[] = [
  ...unary.map((fn) => mapCase([floats(301)], (p, x) => p.same(fn, x))),
  mapCase([floats(99)], (p, x) => p.same("Sqrt", p.same("Abs", x))),
  ...binary.map((fn) => mapCase([floats(40), sample("float32", [40])], (p, x, y) => p.same(fn, x, y))),
  ...binary
    .slice(0, 3)
    .map((fn) => mapCase([sample("int32", [9]), sample("int32", [9])], (p, x, y) => p.same(fn, x, y))),
  mapCase([sample("int8", [21]), sample("int8", [21])], (p, x, y) => p.same("Mul", p.same("Add", x, y), y)),
  ...narrow.flatMap((dtype) => [
    mapCase([floats(67)], (p, x) => p.saturate(p.same("Div", x, 0.031), p.constant(dtype, 3))),
    mapCase([sample("float32", [2, 13]), sample(dtype, [2, 1])], (p, x, zero) => p.saturate(x, zero)),
    mapCase([sample(dtype, [3, 5, 4]), sample("float32", [4])], (p, x, scale) =>
      p.same("Mul", p.cast(p.same("Sub", p.cast(x, "int32"), p.constant("int32", 7)), "float32"), scale),
    ),
    mapCase([sample("int32", [2, 11])], (p, x) => p.cast(x, dtype)),
    mapCase([sample(dtype, [50]), floats(50)], (p, x, y) =>
      p.same("Tanh", p.same("Add", p.cast(x, "float32"), y)),
    ),
  ]),
  mapCase([floats(37), sample("float32", [37])], (p, x, y) =>
    p.where(p.compare("Less", x, y), p.same("Mul", x, 0.1), y),
  ),
  mapCase([nans], (p, x) => p.saturate(x, p.constant("int8", 5))),
  mapCase([nans, floats(8)], (p, x, y) => p.where(p.compare("Less", p.same("Max", x, y), 1), x, y)),
  mapCase([nans, floats(8)], (p, x, y) => p.same("Min", p.same("Sigmoid", x), p.same("Tanh", y))),
  mapCase([floats(19), floats(19)], (p, x, y) => p.compare("LessOrEqual", x, y)),
  mapCase([sample("bool", [18]), sample("bool", [18]), sample("float32", [18])], (p, a, b, x) =>
    p.where(p.same("BitXor", a, b), x, 0),
  ),
];

describe("vcgen.Map on AArch64", () => {
  checkOnCore("cortex-a53-aarch64", [...neon, ...scalar], references, cases, ["map-vectors"]);
});
