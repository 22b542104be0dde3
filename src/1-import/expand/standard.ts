import { numel, tensor, toNumbers } from "../../ir/tensor.js";
import { attr, normalizeAxis, OpError } from "../../ops/op.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

const scalar = (value: number) => tensor("float32", [], [value]);
const vector = (values: readonly number[]) => tensor("int64", [values.length], values);

/** x + bias below -lambd, x - bias above lambd, else 0. */
const shrink = defineExpansion({
  name: "Shrink",
  opsets: [9, 28],
  attributes: { bias: attr.float(0), lambd: attr.float(0.5) },
  inputs: [1, 1],
  expand(build, [x], { bias, lambd }) {
    const [b, low, high, zero] = [bias, -lambd, lambd, 0].map((value) => build.constant(scalar(value)));
    const above = build.op("Where", [build.op("Greater", [x, high]), build.op("Sub", [x, b]), zero]);
    return [build.op("Where", [build.op("Less", [x, low]), build.op("Add", [x, b]), above])];
  },
});

/** x / (bias + alpha / size * sum of squares of `size` channels around)^beta, for x [N, C, ...]. */
const localResponse = defineExpansion({
  name: "LRN",
  opsets: [1, 28],
  attributes: { alpha: attr.float(1e-4), beta: attr.float(0.75), bias: attr.float(1), size: attr.int() },
  inputs: [1, 1],
  expand(build, [x], { alpha, beta, bias, size }) {
    const shape = build.shape(x);
    const [batch, channels] = shape;
    const planes = vector([batch, 1, channels, numel(shape.slice(2))]);
    const squares = build.op("Reshape", [build.op("Mul", [x, x]), build.constant(planes)]);
    const before = Math.floor((size - 1) / 2);
    const mean = build.op("AveragePool", [squares], {
      kernel_shape: [size, 1],
      pads: [before, 0, size - 1 - before, 0],
      count_include_pad: 1,
    });
    const scaled = build.op("Mul", [mean, build.constant(scalar(alpha))]);
    const sum = build.op("Add", [scaled, build.constant(scalar(bias))]);
    const power = build.op("Pow", [sum, build.constant(scalar(beta))]);
    return [build.op("Div", [x, build.op("Reshape", [power, build.constant(vector(shape))])])];
  },
});

/** Cut off or continued with zeros on both sides to a constant size, the odd element at the end. */
const centerCropPad = defineExpansion<{ readonly axes: readonly number[] | undefined }>({
  name: "CenterCropPad",
  opsets: [18, 28],
  attributes: { axes: attr.optional(attr.ints()) },
  inputs: [2, 2],
  expand(build, [x, sizes], attrs) {
    const shape = build.shape(x);
    const target = build.info(sizes);
    if (!target.data) {
      throw new OpError(
        "the sizes are computed at run time; they must be constant",
        undefined,
        "unsupported",
      );
    }
    const axes = (attrs.axes ?? shape.map((_, i) => i)).map((axis) => normalizeAxis(axis, shape.length));
    const wanted = toNumbers({ ...target, data: target.data });
    if (wanted.length !== axes.length) throw new OpError(`${wanted.length} sizes for ${axes.length} axes`);
    const cut = wanted.map((size, i) => Math.max(0, Math.floor((shape[axes[i]] - size) / 2)));
    const ends = wanted.map((size, i) => cut[i] + Math.min(size, shape[axes[i]]));
    const middle = slice(build, x, cut, ends, axes);
    const missing = wanted.map((size, i) => Math.max(0, size - shape[axes[i]]));
    const before = missing.map((count) => Math.floor(count / 2));
    const pads = [...before, ...missing.map((count, i) => count - before[i])];
    return [build.op("Pad", [middle, build.constant(vector(pads)), "", build.constant(vector(axes))])];
  },
});

const slice = (
  build: ExpansionBuilder,
  x: string,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
): string => build.op("Slice", [x, ...[starts, ends, axes].map((values) => build.constant(vector(values)))]);

export const standardExpansions: readonly Expansion[] = [shrink, localResponse, centerCropPad];
