import { describe } from "vitest";
import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import { kernels as dsp } from "../../../src/ops/recurrent/dsp.js";
import { kernels as neon } from "../../../src/ops/recurrent/neon.js";
import { gatesOf, ops, type RecurrentKind } from "../../../src/ops/recurrent/op.js";
import { references } from "../../../src/ops/recurrent/reference.js";
import { kernels as scalar } from "../../../src/ops/recurrent/scalar.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { randomNumbers } from "../random.js";

/** Numbers from -1 to 1, some so small that their products are denormal. */
function numbers(shape: number[], seed: number): Tensor {
  const next = randomNumbers(seed);
  const value = () => (2 * next() - 1) * (next() < 0.2 ? 2 ** -75 : 1);
  return tensor("float32", shape, Array.from({ length: shape.reduce((n, x) => n * x, 1) }, value));
}

function layer(op: RecurrentKind, input: number, hidden: number, reset: boolean, seed: number): CoreCase {
  const gates = gatesOf[op].length;
  const [time, batch, directions] = [3, 2, seed % 2 === 0 ? 2 : 1];
  const state = [directions, batch, hidden];
  const inputs = [
    numbers([time, batch, input], seed),
    numbers([directions, gates * hidden, input], seed + 1),
    numbers([directions, gates * hidden, hidden], seed + 2),
    seed % 3 === 0 ? undefined : numbers([directions, 2 * gates * hidden], seed + 3),
    undefined,
    numbers(state, seed + 4),
    ...(op === "LSTM" ? [numbers(state, seed + 5), numbers([directions, 3 * hidden], seed + 6)] : []),
  ];
  const attrs = {
    direction: directions === 2 ? "bidirectional" : "reverse",
    layout: 0,
    ...(op === "GRU" ? { linear_before_reset: reset } : {}),
  };
  const outputs = ops.find(({ name }) => name === op)!.infer(inputs, attrs, op === "LSTM" ? 3 : 2);
  return { op, inputs, constants: [1, 2, 3], attrs, outputs };
}

const cases = [
  layer("RNN", 3, 17, false, 0),
  layer("GRU", 5, 9, false, 11),
  layer("GRU", 8, 6, true, 22),
  layer("LSTM", 4, 5, false, 33),
];

describe("recurrent layers", () => {
  const all = [...neon, ...dsp, ...scalar];
  for (const name of ["cortex-m4", "cortex-a53-neon", "cortex-a53-aarch64"]) {
    checkOnCore(name, all, references, cases, ["recurrent-matvec"]);
  }
});
