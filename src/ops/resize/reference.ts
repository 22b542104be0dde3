import { sameShape, type Tensor } from "../../ir/tensor.js";
import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { nearestPositions } from "./coordinates.js";
import { type UpsampleAttributes, upsampleAsResize, upsampleOperands } from "./op.js";
import { type AxisResize, type ResizeAttributes, resizedAxes } from "./sizes.js";
import { filterTaps, linearAxes, linearTaps, outsidePositions, scaledAxes } from "./taps.js";

const f = Math.fround;

function resize(inputs: readonly (Tensor | undefined)[], attrs: ResizeAttributes): Tensor[] {
  const x = inputs[0]!;
  const axes = resizedAxes(inputs, attrs);
  const shape = axes.map((axis) => axis.size);
  if (sameShape(shape, x.shape)) return [{ ...x, data: x.data.slice() }];
  if (attrs.mode === "nearest") return [nearest(x, axes, attrs)];
  return [attrs.mode === "linear" && !attrs.antialias ? linear(x, axes, attrs) : filtered(x, axes, attrs)];
}

/** The extrapolation value as an element of the type. */
function extrapolation({ dtype }: Tensor, { extrapolation_value: value }: ResizeAttributes): number | bigint {
  if (dtype === "float32" || dtype === "float64") return value;
  return dtype === "int64" || dtype === "uint64" ? BigInt(Math.trunc(value)) : Math.trunc(value);
}

function nearest(x: Tensor, axes: readonly AxisResize[], attrs: ResizeAttributes): Tensor {
  const { coordinate_transformation_mode: mode, nearest_mode: rounding } = attrs;
  const positions = axes.map((axis) => nearestPositions(axis, mode, rounding));
  const shape = axes.map((axis) => axis.size);
  return build(x.dtype, shape, (index) => {
    const source = index.map((i, axis) => positions[axis][i]);
    if (source.includes(undefined)) return extrapolation(x, attrs);
    return elements(x)[positionOf(x.shape, source as number[])];
  });
}

/**
 * The sum over all combinations of neighbours, the last axis' fastest, of `weights * x`, where the
 * weights are multiplied from the last axis to the first. Integers are cut off.
 */
function linear(x: Tensor, axes: readonly AxisResize[], attrs: ResizeAttributes): Tensor {
  const along = linearAxes(axes);
  const taps = along.map((axis) => linearTaps(axes[axis], attrs));
  const shape = axes.map((axis) => axis.size);
  const from = elements(x);
  return build(x.dtype, shape, (index) => {
    const pairs = along.map((axis, k) => taps[k][index[axis]]);
    if (pairs.includes(undefined)) return extrapolation(x, attrs);
    let sum = 0;
    for (let combination = 0; combination < 2 ** along.length; combination++) {
      const source = [...index];
      let weight = 1;
      for (let k = along.length - 1; k >= 0; k--) {
        const tap = pairs[k]![(combination >> (along.length - 1 - k)) & 1];
        source[along[k]] = tap.position;
        weight = f(weight * tap.weight);
      }
      const product = f(weight * Number(from[positionOf(x.shape, source)]));
      sum = combination === 0 ? product : f(sum + product);
    }
    return x.dtype === "float32" ? sum : Math.trunc(sum);
  });
}

/** One axis after the other, the last first; sums start at 0 and run in the order of the taps. */
function filtered(x: Tensor, axes: readonly AxisResize[], attrs: ResizeAttributes): Tensor {
  let result = x;
  for (const axis of scaledAxes(axes).reverse()) {
    const taps = filterTaps(axes[axis], attrs);
    const source = result;
    result = build(x.dtype, source.shape.with(axis, axes[axis].size), (index) =>
      taps[index[axis]].reduce((sum, { position, weight }) => {
        const value = Number(elements(source)[positionOf(source.shape, index.with(axis, position))]);
        return f(sum + f(weight * value));
      }, 0),
    );
  }
  const outside = scaledAxes(axes).map((axis) => ({ axis, at: outsidePositions(axes[axis], attrs) }));
  const filled = result;
  return build(x.dtype, filled.shape, (index, position) =>
    outside.some(({ axis, at }) => at[index[axis]]) ? extrapolation(x, attrs) : elements(filled)[position],
  );
}

const resizeReference: Reference<ResizeAttributes> = (inputs, attrs) => resize(inputs, attrs);
const upsample: Reference<UpsampleAttributes> = (inputs, attrs) =>
  resize(upsampleOperands(inputs), upsampleAsResize(attrs));

export const references: Record<string, Reference> = {
  Resize: resizeReference as Reference,
  Upsample: upsample as Reference,
};
