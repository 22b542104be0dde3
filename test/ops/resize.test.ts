import { describe, expect, it } from "vitest";
import { permuteTensor } from "../../src/ir/permute.js";
import { type Tensor, tensor, toNumbers } from "../../src/ir/tensor.js";
import {
  bits,
  counting,
  int64s,
  loadFamily,
  type NodeCase,
  onnxNodeTests,
  prepare,
  runAsC,
  runLegalized,
  runReference,
} from "./node-case.js";

const all = await loadFamily("copy", "filter", "interpolate", "resize", "take");

/** ONNX scales by the fractional length, ONNX Runtime by the whole one: refused. */
const refusedTests = [
  "resize_downsample_scales_cubic_align_corners",
  "resize_downsample_scales_linear_align_corners",
];
const cases = onnxNodeTests(["Resize", "Upsample"]).filter((c) => !refusedTests.includes(c.name));

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

const floats = (...values: readonly number[]): Tensor => tensor("float32", [values.length], values);
const scaled = (x: Tensor, scales: readonly number[], attributes: object = {}): NodeCase => ({
  op: "Resize",
  inputs: [x, undefined, floats(...scales)],
  attributes: { ...attributes },
});
const line = (dtype: Tensor["dtype"], ...values: readonly number[]): Tensor =>
  tensor(dtype, [1, 1, values.length], values);
const linear = { mode: "linear" };

describe("values worked out by hand", () => {
  const asymmetric = { coordinate_transformation_mode: "asymmetric" };
  const given: readonly [string, NodeCase, readonly number[]][] = [
    [
      "nearest, twice as long",
      scaled(line("int8", 1, 2, 3), [1, 1, 2], { ...asymmetric, nearest_mode: "floor" }),
      [1, 1, 2, 2, 3, 3],
    ],
    ["linear in int8 is cut off", scaled(line("int8", -5, 0, 4), [1, 1, 2], linear), [-5, -3, -1, 1, 3, 4]],
    ["linear in uint8", scaled(line("uint8", 0, 255), [1, 1, 2], linear), [0, 63, 191, 255]],
    ["linear in float32", scaled(line("float32", 0, 4), [1, 1, 2], linear), [0, 1, 3, 4]],
    [
      "opset 10 goes down when it gets longer",
      {
        ...scaled(line("int8", 1, 2), [1, 1, 1.5]),
        inputs: [line("int8", 1, 2), floats(1, 1, 1.5)],
        opset: 10,
      },
      [1, 1, 2],
    ],
    [
      "opset 10 goes up when it gets shorter",
      {
        ...scaled(line("int8", 0, 1, 2, 3, 4), [1, 1, 0.4]),
        inputs: [line("int8", 0, 1, 2, 3, 4), floats(1, 1, 0.4)],
        opset: 10,
      },
      [0, 3],
    ],
    [
      "Upsample before opset 9",
      { op: "Upsample", inputs: [line("float32", 1, 2)], attributes: { scales: [1, 1, 2] }, opset: 7 },
      [1, 1, 2, 2],
    ],
    [
      "a region, with values outside",
      {
        op: "Resize",
        inputs: [line("int8", 10, 20, 30), floats(0, 0, -0.5, 1, 1, 1), undefined, int64s(1, 1, 4)],
        attributes: { coordinate_transformation_mode: "tf_crop_and_resize", extrapolation_value: -7.5 },
      },
      [-7, 10, 20, 30],
    ],
  ];

  it.each(given)("%s: reference", (_, node, values) => {
    expect(toNumbers(runReference(all, node)[0])).toEqual(values);
  });

  it("kernels", () => {
    const got = runAsC(
      all,
      given.map(([, node]) => node),
    );
    given.forEach(([name, , values], i) => {
      expect([name, toNumbers(got[i][0])]).toEqual([name, values]);
    });
  });
});

/** Numbers without a pattern, the same every time. */
function noise(dtype: Tensor["dtype"], shape: readonly number[]): Tensor {
  let state = 12345;
  const t = counting(dtype, shape);
  for (let i = 0; i < t.data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    t.data[i] =
      dtype === "float32" ? state / 2 ** 31 - 1 : dtype === "uint8" ? state >>> 24 : (state >>> 24) - 128;
  }
  return t;
}

describe("kernels against the reference", () => {
  const modes = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "asymmetric"];
  const crop = (mode: string, antialias: number): NodeCase => ({
    op: "Resize",
    inputs: [noise("float32", [1, 2, 5, 6]), floats(-0.2, 0.3, 0.9, 1.4), undefined, int64s(7, 4)],
    attributes: {
      mode,
      antialias,
      axes: [2, 3],
      coordinate_transformation_mode: "tf_crop_and_resize",
      extrapolation_value: 2.5,
    },
  });
  const nodes: readonly NodeCase[] = [
    ...modes.flatMap((coordinate_transformation_mode) => [
      scaled(noise("int8", [2, 3, 7]), [1, 1, 1.7], { ...linear, coordinate_transformation_mode }),
      scaled(noise("uint8", [1, 2, 5, 4]), [1, 1, 2.3, 0.8], { ...linear, coordinate_transformation_mode }),
      scaled(noise("float32", [2, 3, 7]), [1, 1, 1.7], { ...linear, coordinate_transformation_mode }),
      scaled(noise("float32", [5, 7]), [0.6, 1.7], { mode: "cubic", coordinate_transformation_mode }),
      scaled(noise("float32", [5, 7]), [0.6, 0.4], {
        ...linear,
        antialias: 1,
        coordinate_transformation_mode,
      }),
    ]),
    scaled(noise("int8", [1, 4, 3, 2]), [1, 2.5, 3, 1], linear),
    scaled(noise("float32", [1, 2, 3, 4, 5]), [1, 1, 2, 1.5, 0.7], linear),
    scaled(noise("float32", [2, 2, 2]), [1.5, 1.5, 1.5], linear),
    scaled(noise("float32", [5]), [2.2], linear),
    scaled(noise("int8", [2, 5, 3]), [1, 2.2, 1]),
    scaled(noise("int8", [2, 6, 3]), [1, 0.5, 1]),
    scaled(noise("int8", [2, 5, 3]), [1, 1.4, 3]),
    scaled(noise("float32", [3, 4]), [1, 1]),
    crop("nearest", 0),
    crop("linear", 0),
    crop("cubic", 0),
    crop("linear", 1),
    crop("cubic", 1),
  ];

  it("give the same bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      expect([i, bits(got[i])]).toEqual([i, bits(runReference(all, node))]);
    });
  });

  it("the references of the kernel operators agree, too", () => {
    const byReference = nodes.map((node) => runReference(all, node));
    expect(runLegalized(all, nodes).map(bits)).toEqual(byReference.map(bits));
  });
});

describe("a Transpose may pass: op(T(x)) = T(op'(x))", () => {
  const x = noise("float32", [3, 4, 5]);
  const perm = [2, 0, 1];
  const transposed = (t: Tensor): Tensor => permuteTensor(t, perm);
  const line = { axis: 0, positions: [0, 1, 3, 4], weights: [0.25, 0.75, 0.5, 0.5] };
  const other = { axis: 2, positions: [0, 3], weights: [0.1, 0.9] };
  const given: readonly [string, Record<string, unknown>][] = [
    ["vcgen.Take", { shape: [2, 3, 3], tables: [[4, 1], undefined, [0, 3, 3]] }],
    ["vcgen.Interpolate", { shape: [2, 3, 1], lines: [line, other] }],
    ["vcgen.Filter", { axis: 2, ends: [2, 3], positions: [0, 3, 1], weights: [0.5, 0.25, 2] }],
  ];

  it.each(given)("%s", (name, attrs) => {
    const op = all.ops.find((o) => o.name === name)!;
    const run = all.references[name];
    const moved = op.permute!(attrs, perm, [])!;
    expect(bits([transposed(run([x], moved, 1)[0])])).toEqual(bits(run([transposed(x)], attrs, 1)));
    expect(op.infer([x], moved, 1)[0].shape).toEqual(run([x], moved, 1)[0].shape);
  });
});

describe("what can not be is refused", () => {
  const x = noise("float32", [1, 1, 5]);
  const refused: readonly [string, NodeCase, RegExp][] = [
    ["no size", { op: "Resize", inputs: [x] }, /exactly one of scales and sizes/],
    ["huge scales", scaled(x, [1e6, 1e6, 1e6]), /more than 2147483648/],
    ["scale 0", scaled(x, [1, 1, 0]), /must be greater than 0/],
    ["NaN", scaled(x, [1, 1, Number.NaN]), /must be greater than 0/],
    [
      "run-time sizes",
      { op: "Resize", inputs: [x, undefined, undefined, int64s(1, 1, 9)], runtime: [0, 3] },
      /must be a constant/,
    ],
    [
      "cubic int8",
      scaled(noise("int8", [4, 4]), [2, 2], { mode: "cubic" }),
      /"cubic" of int8 is not supported/,
    ],
    ["too few scales", scaled(x, [1, 2]), /must have 3 elements/],
    [
      "unclear corners",
      scaled(x, [1, 1, 0.5], { coordinate_transformation_mode: "align_corners" }),
      /where ONNX and ONNX Runtime differ/,
    ],
  ];

  it.each(refused)("%s", (_, node, message) => {
    expect(() => prepare(all, node)).toThrow(message);
  });
});
