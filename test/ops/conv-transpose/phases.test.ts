import { expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import { numel } from "../../../src/ir/tensor.js";
import { references as convolutions } from "../../../src/ops/conv/reference.js";
import { phasesOf } from "../../../src/ops/conv-transpose/phases.js";
import { references } from "../../../src/ops/conv-transpose/reference.js";
import { randomOutput } from "../conv/random-output.js";
import { Random } from "../random.js";

/** A transposed convolution with pointwise dimensions before the last. */
function randomCase(random: Random) {
  const rank = random.int(1, 2);
  const dtype: DType = random.pick(["int8", "uint8", "int16"]);
  const [channels, outputs, last] = [random.int(1, 4), random.int(1, 3), random.int(1, 6)];
  const [stride, taps] = [random.int(1, 4), random.int(1, 9)];
  const others = rank === 2 ? [random.int(1, 3)] : [];
  const ones = others.map(() => 1);
  const pad = random.int(0, taps - 1);
  const length = Math.max(1, (last - 1) * stride + taps - pad + random.int(-4, 5));
  const zeroPoint = () => random.int(dtypeInfo[dtype].min, dtypeInfo[dtype].max);
  const x = random.tensor(dtype, [random.int(1, 2), ...others, last, channels]);
  const weights = random.tensor("int8", [outputs, ...ones, taps, channels]);
  const bias = random.next() < 0.7 ? random.tensor("int32", [outputs]) : undefined;
  const attrs = {
    strides: [...ones, stride],
    dilations: [...ones, 1],
    padsBegin: [...others.map(() => 0), pad],
    outputSpatial: [...others, length],
    group: 1,
    xZeroPoint: zeroPoint(),
    wZeroPoints: Array.from({ length: random.pick([1, outputs]) }, () => random.int(-128, 127)),
    output: randomOutput(random, random.pick(["requantize", "int32"]), outputs, channels * 4),
  };
  return { x, weights, bias, attrs };
}

it("a convolution of the phases gives the rows of the transposed convolution", () => {
  const random = new Random(7);
  let found = 0;
  for (let i = 0; i < 300; i++) {
    const { x, weights, bias, attrs } = randomCase(random);
    const phases = phasesOf({ ...attrs, weights, bias, xShape: x.shape });
    if (!phases) continue;
    found++;
    const [expected] = references["vcgen.ConvTranspose"]([x, weights, bias], attrs, 1);
    const ones = attrs.strides.map(() => 1);
    const conv = { ...attrs, strides: ones, dilations: ones, ...phases };
    const [rows] = convolutions["vcgen.Conv"]([x, phases.weights, phases.bias], conv, 1);
    const outputs = weights.shape[0];
    const [length] = attrs.outputSpatial.slice(-1);
    const each = phases.positions * phases.stride * outputs;
    const got = Array.from({ length: numel(x.shape.slice(0, -2)) }, (_, row) => {
      const from = row * each + phases.skip * outputs;
      return Array.from(rows.data.slice(from, from + length * outputs) as Int32Array);
    }).flat();
    expect(got, JSON.stringify({ x: x.shape, w: weights.shape, ...attrs })).toEqual(
      Array.from(expected.data as Int32Array),
    );
  }
  expect(found).toBeGreaterThan(100);
});
