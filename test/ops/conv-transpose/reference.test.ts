import { describe, expect, it } from "vitest";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { loadFamily, runReference } from "../node-case.js";

const all = await loadFamily("conv-transpose");

const float = (shape: Shape, ...values: number[]): Tensor => tensor("float32", shape, values);

/** One channel in, one out, x = [1, 10, 100], kernel [1, 2, 3]. */
const line = (attributes: Record<string, unknown>, bias?: number): number[] => {
  const inputs = [float([1, 1, 3], 1, 10, 100), float([1, 1, 3], 1, 2, 3)];
  if (bias !== undefined) inputs.push(float([1], bias));
  const [y] = runReference(all, { op: "ConvTranspose", inputs, attributes, runtime: [0, 1, 2] });
  return Array.from(y.data as Float32Array);
};

describe("ConvTranspose", () => {
  // Stride 1: [1, 2, 3] + [0, 10, 20, 30] + [0, 0, 100, 200, 300].
  const full = [1, 12, 123, 230, 300];
  // Stride 2: [1, 2, 3, 0 ...] + [0, 0, 10, 20, 30] + [0, 0, 0, 0, 100, 200, 300].
  const strided = [1, 2, 13, 20, 130, 200, 300];

  it("scatters the kernel", () => {
    expect(line({})).toEqual(full);
    expect(line({ strides: [2] })).toEqual(strided);
    expect(line({}, 1000)).toEqual(full.map((v) => v + 1000));
  });

  it("crops what pads say and adds output_padding at the end", () => {
    expect(line({ strides: [2], pads: [1, 2] })).toEqual(strided.slice(1, 5));
    expect(line({ strides: [2], pads: [1, 0], output_padding: [1] })).toEqual([...strided.slice(1), 0]);
  });

  it("dilates", () => {
    expect(line({ dilations: [3] })).toEqual([1, 10, 100, 2, 20, 200, 3, 30, 300]);
  });

  it("output_shape decides the crop, an odd element at the beginning unless SAME_UPPER", () => {
    expect(line({ strides: [2], output_shape: [4] })).toEqual(strided.slice(2, 6));
    expect(line({ strides: [2], output_shape: [4], auto_pad: "SAME_UPPER" })).toEqual(strided.slice(1, 5));
    expect(line({ strides: [2], output_shape: [8] }, 0.5)).toEqual([...strided, 0].map((v) => v + 0.5));
  });

  it("auto_pad SAME gives stride times as many positions, VALID all", () => {
    expect(line({ strides: [2], auto_pad: "SAME_UPPER" })).toEqual(strided.slice(0, 6));
    expect(line({ strides: [2], auto_pad: "SAME_LOWER" })).toEqual(strided.slice(1));
    expect(line({ strides: [2], auto_pad: "VALID" })).toEqual(strided);
  });

  it("keeps groups apart", () => {
    const inputs = [float([1, 2, 2], 1, 2, 10, 20), float([2, 1, 1], 3, 5)];
    const [y] = runReference(all, { op: "ConvTranspose", inputs, attributes: { group: 2 } });
    expect(y).toEqual(float([1, 2, 2], 3, 6, 50, 100));
  });

  it.each([
    [{ output_padding: [-1] }, /output_padding/],
    [{ pads: [-1, 0] }, /negative pads/],
    [{ kernel_shape: [2] }, /kernel_shape \[2\]/],
    [{ pads: [3, 3] }, /leave nothing/],
    [{ strides: [1, 1] }, /expected 1 positive/],
    [{ group: 3 }, /does not fit/],
  ])("refuses %j", (attributes, message) => {
    expect(() => line(attributes)).toThrow(message);
  });
});
