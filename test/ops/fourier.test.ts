import { describe, expect, it } from "vitest";
import { type Tensor, tensor, toNumbers } from "../../src/ir/tensor.js";
import { passesOf } from "../../src/ops/fourier/passes.js";
import { transform } from "../../src/ops/fourier/transform.js";
import { twiddles } from "../../src/ops/fourier/twiddles.js";
import {
  bits,
  int64s,
  loadFamily,
  type NodeCase,
  onnxNodeTests,
  prepare,
  runAsC,
  runReference,
} from "./node-case.js";

const all = await loadFamily("copy", "fourier");
const cases = onnxNodeTests(all.ops.map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    const [y] = runReference(all, node);
    expect([y.dtype, y.shape]).toEqual([expected[0].dtype, [...expected[0].shape]]);
    toNumbers(y).forEach((value, i) => {
      const wanted = Number(expected[0].data[i]);
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-7 + 1e-3 * Math.abs(wanted));
    });
  });

  it("kernels give the reference's bytes", () => {
    const nodes = cases.map((c) => c.node);
    const got = runAsC(all, nodes);
    cases.forEach(({ name, node }, i) => {
      expect({ name, y: bits(got[i]) }).toEqual({ name, y: bits(runReference(all, node)) });
    });
  });
});

const real = (...values: readonly number[]): Tensor => tensor("float32", [1, values.length, 1], values);
const scalar = (value: number): Tensor => tensor("int64", [], [value]);

describe("values worked out by hand", () => {
  const given: readonly [string, NodeCase, readonly number[]][] = [
    ["four points", { op: "DFT", inputs: [real(1, 2, 3, 4)] }, [10, 0, -2, 2, -2, 0, -2, -2]],
    [
      "onesided",
      { op: "DFT", inputs: [real(1, 2, 3, 4)], attributes: { onesided: 1 } },
      [10, 0, -2, 2, -2, 0],
    ],
    ["padded with zeros", { op: "DFT", inputs: [real(1, 2), scalar(4)] }, [3, 0, 1, -2, -1, 0, 1, 2]],
    ["cut off", { op: "DFT", inputs: [real(1, 2, 9, 9), scalar(2)] }, [3, 0, -1, 0]],
    [
      "inverse",
      {
        op: "DFT",
        inputs: [tensor("float32", [1, 4, 2], [10, 0, -2, 2, -2, 0, -2, -2])],
        attributes: { inverse: 1 },
      },
      [1, 0, 2, 0, 3, 0, 4, 0],
    ],
    [
      "from half a spectrum",
      {
        op: "DFT",
        inputs: [tensor("float32", [1, 3, 2], [10, 0, -2, 2, -2, 0])],
        attributes: { inverse: 1, onesided: 1 },
      },
      [1, 2, 3, 4],
    ],
    [
      "an outer axis, before opset 20",
      {
        op: "DFT",
        inputs: [tensor("float32", [1, 2, 2, 1], [1, 2, 3, 5])],
        attributes: { axis: 1 },
        opset: 17,
      },
      [4, 0, 7, 0, -2, 0, -3, 0],
    ],
    [
      "frames under a window",
      { op: "STFT", inputs: [real(1, 2, 3, 4, 5, 6), scalar(2), tensor("float32", [4], [0, 1, 1, 0])] },
      [5, 0, -3, -2, 1, 0, 9, 0, -5, -4, 1, 0],
    ],
    [
      "frames without a window, both sides",
      {
        op: "STFT",
        inputs: [real(1, 2, 3, 4), scalar(1), undefined, scalar(2)],
        attributes: { onesided: 0 },
      },
      [3, 0, -1, 0, 5, 0, -1, 0, 7, 0, -1, 0],
    ],
  ];
  // -0 where a sum of products with 0 comes out negative is 0 all the same.
  const plain = ([y]: readonly Tensor[]) => toNumbers(y).map((value) => value + 0);

  it.each(given)("%s: reference", (_, node, values) => {
    expect(plain(runReference(all, node))).toEqual(values);
  });

  it("kernels", () => {
    const got = runAsC(
      all,
      given.map(([, node]) => node),
    );
    given.forEach(([name, , values], i) => {
      expect([name, plain(got[i])]).toEqual([name, values]);
    });
  });

  it("twiddle factors lie on the circle and are exact at its quarters", () => {
    const table = twiddles(12, true);
    expect([...table.filter((_, i) => i % 6 < 2)]).toEqual([1, 0, 0, 1, -1, 0, 0, -1]);
    expect([...twiddles(4, false)].map((value) => value + 0)).toEqual([1, 0, 0, -1, -1, 0, 0, 1]);
    for (let j = 0; j < 12; j++) expect(Math.hypot(table[2 * j], table[2 * j + 1])).toBeCloseTo(1, 6);
    expect(table[2]).toBeCloseTo(Math.sqrt(3) / 2, 7);
  });
});

describe("transforms of any length", () => {
  const lengths = [...Array.from({ length: 40 }, (_, i) => i + 1), 49, 60, 97, 100, 121, 128, 360, 400, 512];

  it("have passes whose radices multiply to it", () => {
    const radices = (length: number) => passesOf(length).map(({ radix }) => radix);
    expect(radices(1)).toEqual([]);
    expect(radices(512)).toEqual([2, 4, 4, 4, 4]);
    expect(radices(400)).toEqual([4, 4, 5, 5]);
    expect(radices(98)).toEqual([2, 7, 7]);
    for (const length of lengths) {
      const passes = passesOf(length);
      expect(passes.reduce((product, { radix }) => product * radix, 1)).toBe(length);
      for (const { radix, before, after } of passes) expect(radix * before * after).toBe(length);
    }
  });

  it("agree with the definition in double precision", () => {
    for (const length of lengths) {
      for (const inverse of [false, true]) {
        const x = Float32Array.from({ length: 2 * length }, (_, i) => ((i * 7919) % 101) / 50 - 1);
        const y = transform(x, twiddles(length, inverse));
        const size = Math.sqrt(length);
        for (let k = 0; k < length; k++) {
          let [re, im] = [0, 0];
          for (let n = 0; n < length; n++) {
            const angle = ((inverse ? 2 : -2) * Math.PI * ((k * n) % length)) / length;
            re += x[2 * n] * Math.cos(angle) - x[2 * n + 1] * Math.sin(angle);
            im += x[2 * n] * Math.sin(angle) + x[2 * n + 1] * Math.cos(angle);
          }
          expect(Math.hypot(y[2 * k] - re, y[2 * k + 1] - im) / size).toBeLessThan(1e-6);
        }
      }
    }
  });
});

describe("kernels against the reference", () => {
  const wave = (shape: readonly number[]): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(
      "float32",
      shape,
      Array.from({ length: count }, (_, i) => ((i * 7919) % 101) / 13 - 3.7),
    );
  };
  const window = tensor("float32", [7], [0.1, 0.3, 0.7, 1, 0.7, 0.3, 0.1]);
  const nodes: readonly NodeCase[] = [
    { op: "DFT", inputs: [wave([2, 11, 3, 1]), undefined, scalar(1)] },
    { op: "DFT", inputs: [wave([2, 11, 3, 2]), scalar(8), scalar(1)] },
    { op: "DFT", inputs: [wave([2, 5, 2]), scalar(9)], attributes: { inverse: 1 } },
    { op: "DFT", inputs: [wave([1, 5, 2]), scalar(9)], attributes: { inverse: 1, onesided: 1 } },
    { op: "DFT", inputs: [wave([1, 3, 2]), scalar(9)], attributes: { inverse: 1, onesided: 1 } },
    { op: "DFT", inputs: [wave([1, 9, 2]), scalar(6)], attributes: { inverse: 1, onesided: 1 } },
    { op: "STFT", inputs: [wave([2, 30, 1]), scalar(3), window], runtime: [0, 2] },
    { op: "STFT", inputs: [wave([1, 30, 2]), scalar(5), window], attributes: { onesided: 0 } },
    { op: "STFT", inputs: [wave([1, 30, 2]), scalar(5), undefined, scalar(6)] },
    { op: "STFT", inputs: [wave([1, 5, 1]), scalar(5), undefined, scalar(6)] },
    ...[1, 2, 4, 16, 24, 30, 64, 105].flatMap((length): NodeCase[] => [
      { op: "DFT", inputs: [wave([1, length, 2])] },
      { op: "DFT", inputs: [wave([1, length, 1])], attributes: { onesided: 1 } },
      { op: "DFT", inputs: [wave([1, length, 1])], attributes: { inverse: 1 } },
    ]),
  ];

  it("give the same bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      expect([i, bits(got[i])]).toEqual([i, bits(runReference(all, node))]);
    });
  });
});

describe("what can not be is refused", () => {
  const x = real(1, 2, 3);
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["the axis of parts", { op: "DFT", inputs: [x, undefined, scalar(2)] }, /must not be the last/],
    ["three parts", { op: "DFT", inputs: [tensor("float32", [1, 2, 3], [])] }, /must end in an axis of 1/],
    ["endless", { op: "DFT", inputs: [x, scalar(2 ** 40)] }, /not supported/],
    ["integers", { op: "DFT", inputs: [tensor("int8", [1, 2, 1], [])] }, /only float32/],
    ["no step", { op: "STFT", inputs: [x, scalar(0), undefined, scalar(2)] }, /expected at least 1/],
    ["no length", { op: "STFT", inputs: [x, scalar(1)] }, /neither window nor frame_length/],
    ["window", { op: "STFT", inputs: [x, scalar(1), int64s(1, 2)] }, /expected float32\[2\]/],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
