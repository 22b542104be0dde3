import { describe, expect, it } from "vitest";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { loadFamily, runReference } from "../node-case.js";

const all = await loadFamily("conv");

const float = (shape: Shape, ...values: number[]): Tensor => tensor("float32", shape, values);
const conv = (inputs: readonly Tensor[], attributes: Record<string, unknown> = {}): Tensor =>
  runReference(all, { op: "Conv", inputs, attributes })[0];

/** One channel, x = [1, 2, 3, 4, 5], kernel [1, 10, 100]. */
const line = (attributes: Record<string, unknown>): number[] =>
  Array.from(
    conv([float([1, 1, 5], 1, 2, 3, 4, 5), float([1, 1, 3], 1, 10, 100)], attributes).data as Float32Array,
  );

describe("Conv", () => {
  it("slides the kernel without flipping it", () => {
    expect(line({})).toEqual([321, 432, 543]);
    expect(line({ strides: [2] })).toEqual([321, 543]);
    expect(line({ dilations: [2] })).toEqual([531]);
  });

  it("pads with zeros, also on one side only", () => {
    expect(line({ pads: [2, 0] })).toEqual([100, 210, 321, 432, 543]);
    expect(line({ pads: [0, 1], strides: [3] })).toEqual([321, 54]);
  });

  it("auto_pad keeps ceil(size / stride) positions, the odd element at the end or the beginning", () => {
    expect(line({ auto_pad: "SAME_UPPER" })).toEqual([210, 321, 432, 543, 54]);
    expect(line({ auto_pad: "VALID" })).toEqual([321, 432, 543]);
    const even = [float([1, 1, 3], 1, 2, 3), float([1, 1, 2], 1, 10)];
    expect(conv(even, { auto_pad: "SAME_UPPER" }).data).toEqual(Float32Array.of(21, 32, 3));
    expect(conv(even, { auto_pad: "SAME_LOWER" }).data).toEqual(Float32Array.of(10, 21, 32));
  });

  it("keeps groups apart and adds the bias of each output channel", () => {
    const x = float([1, 2, 2], 1, 2, 10, 20);
    const w = float([4, 1, 1], 1, 2, 3, 4);
    const y = conv([x, w, float([4], 0, 100, 200, 300)], { group: 2 });
    expect(y).toEqual(float([1, 4, 2], 1, 2, 102, 104, 230, 260, 340, 380));
  });

  it("takes two dimensions, each with its own stride, dilation and pads", () => {
    const x = float([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const w = float([1, 1, 2, 2], 1, 10, 100, 1000);
    expect(conv([x, w])).toEqual(float([1, 1, 2, 2], 5421, 6532, 8754, 9865));
    const y = conv([x, w], { pads: [1, 0, 0, 0], strides: [2, 1], dilations: [1, 2] });
    expect(y).toEqual(float([1, 1, 2, 1], 3100, 9764));
  });

  it("sums from the first kernel position and channel on, and adds the bias last", () => {
    // 2^24 + 1 rounds to 2^24, so the place of the large product decides what is left of the small ones.
    const sum = (first: number[], bias: number) =>
      conv([float([1, 1, 3], ...first), float([1, 1, 3], 1, 1, 1), float([1], bias)]).data[0];
    const large = 2 ** 24;
    expect(sum([large, 1, 1], -large)).toBe(0);
    expect(sum([1, 1, large], -large)).toBe(2);
  });

  it.each([
    [{ kernel_shape: [2] }, /kernel_shape \[2\]/],
    [{ pads: [-1, 0] }, /negative pads/],
    [{ pads: [1] }, /expected 2 numbers/],
    [{ strides: [0] }, /expected 1 positive/],
    [{ dilations: [3] }, /larger than x/],
    [{ group: 2 }, /does not fit the 1 channels/],
    [{ auto_pad: "SAME" }, /supported: NOTSET/],
    [{ colour: 1 }, /"colour" is not supported/],
  ])("refuses %j", (attributes, message) => {
    expect(() => line(attributes)).toThrow(message);
  });

  it("refuses other element types", () => {
    const inputs = [tensor("int32", [1, 1, 1], [1]), tensor("int32", [1, 1, 1], [1])];
    expect(() => conv(inputs)).toThrow("Conv of int32 is not supported");
  });
});
