import { describe, expect, it } from "vitest";
import { type DType, dtypeInfo } from "../../../src/ir/dtype.js";
import { numel, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { bits, loadFamily, type NodeCase, runAsC, runReference } from "../node-case.js";
import { randomNumbers } from "../random.js";

const family = await loadFamily("dynamic-lstm", "recurrent");
const op = "com.microsoft.DynamicQuantizeLSTM";
const float = (shape: number[], values: number[]) => tensor("float32", shape, values);

describe("reference", () => {
  // x is 0 or its largest value and h a single number, so that quantizing either loses nothing.
  const x = float([3, 1, 1], [2, 0, 2]);
  const b = float([1, 8], [0.25, -0.5, 0, 1, 0, 0.125, 0, 0]);
  const [w, r] = [
    [3, -5, 100, 7],
    [-20, 90, 2, 44],
  ];

  it.each([
    ["one scale", [0.01], [0.02], [4], [-3]],
    [
      "a scale for each column",
      [0.01, 0.02, 0.03, 0.01],
      [0.02, 0.01, 0.01, 0.05],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
  ])("computes what LSTM does where nothing is lost: %s", (_, wScale, rScale, wZero, rZero) => {
    const real = (q: number[], scale: number[], zero: number[]) =>
      float(
        [1, 4, 1],
        q.map((v, i) => (v - zero[i % zero.length]) * scale[i % scale.length]),
      );
    const wanted = runReference(family, {
      op: "LSTM",
      inputs: [x, real(w, wScale, wZero), real(r, rScale, rZero), b],
      attributes: { hidden_size: 1 },
      outputs: 3,
    });
    const shape = wScale.length === 1 ? [1] : [1, 4];
    const quantized = [
      x,
      tensor("int8", [1, 1, 4], w),
      tensor("int8", [1, 1, 4], r),
      b,
      ...[undefined, undefined, undefined, undefined],
      float(shape, wScale),
      tensor("int8", shape, wZero),
      float(shape, rScale),
      tensor("int8", shape, rZero),
    ];
    const got = runReference(family, { op, inputs: quantized, attributes: { hidden_size: 1 }, outputs: 3 });
    got.forEach((t, i) => {
      expect(t.shape).toEqual(wanted[i].shape);
      t.data.forEach((v, k) => {
        expect(Number(v)).toBeCloseTo(Number(wanted[i].data[k]), 5);
      });
    });
  });

  it("refuses zero points that differ between columns", () => {
    const zero = tensor("uint8", [1, 4], [1, 1, 2, 1]);
    const bytes = tensor("uint8", [1, 1, 4], w.map(Math.abs));
    const scale = float([1, 4], [1, 1, 1, 1]);
    const none = [undefined, undefined, undefined, undefined];
    const inputs = [x, bytes, bytes, b, ...none, scale, zero, scale, zero];
    expect(() => runReference(family, { op, inputs, outputs: 1 })).toThrow(/W_zero_point/);
  });
});

describe("C", () => {
  const nodes = ["forward", "reverse", "bidirectional"].flatMap((direction, k) =>
    (["int8", "uint8"] as const).map((dtype): NodeCase => {
      const [directions, time, batch, input, hidden] = [k === 2 ? 2 : 1, 4, 2, 3, 5];
      const next = randomNumbers(10 * k + dtype.length);
      const random = (type: DType, shape: number[]): Tensor => {
        const { min, max } = type === "float32" ? { min: -1, max: 1 } : dtypeInfo[type];
        return tensor(
          type,
          shape,
          Array.from({ length: numel(shape) }, () => min + next() * (max - min)),
        );
      };
      const perColumn = k === 1;
      const scales = perColumn ? [directions, 4 * hidden] : [directions];
      const scale = () =>
        float(
          scales,
          Array.from({ length: numel(scales) }, () => 0.001 + next() / 100),
        );
      const zero = () =>
        tensor(dtype, scales, new Array(numel(scales)).fill(dtype === "uint8" ? 130 : perColumn ? 0 : 3));
      return {
        op,
        inputs: [
          random("float32", [time, batch, input]),
          random(dtype, [directions, input, 4 * hidden]),
          random(dtype, [directions, hidden, 4 * hidden]),
          random("float32", [directions, 8 * hidden]),
          k === 0 ? undefined : tensor("int32", [batch], [3, 2]),
          random("float32", [directions, batch, hidden]),
          random("float32", [directions, batch, hidden]),
          k === 2 ? undefined : random("float32", [directions, 3 * hidden]),
          ...[scale(), zero(), scale(), zero()],
        ],
        attributes: { direction, hidden_size: hidden },
        outputs: 3,
        runtime: [0, 5],
      };
    }),
  );

  it("gives the reference's bytes", () => {
    const got = runAsC(family, nodes);
    nodes.forEach((node, i) => {
      expect({ i, y: bits(got[i]) }).toEqual({ i, y: bits(runReference(family, node)) });
    });
  });
});
