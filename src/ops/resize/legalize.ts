import { sameShape, type Tensor, tensor } from "../../ir/tensor.js";
import { filterName } from "../filter/op.js";
import { interpolateName } from "../interpolate/op.js";
import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { addTake, addTakeOfAxis } from "../take/build.js";
import { nearestPositions } from "./coordinates.js";
import { type UpsampleAttributes, upsampleAsResize, upsampleOperands } from "./op.js";
import { type AxisResize, type ResizeAttributes, resizedAxes } from "./sizes.js";
import { filterTaps, linearAxes, linearTaps, outsidePositions, scaledAxes } from "./taps.js";

/** Everything a Resize needs is known while compiling: positions and weights become tables. */
function resize(
  view: NodeView,
  attrs: ResizeAttributes,
  axes: readonly AxisResize[],
  build: LegalizeBuilder,
): string {
  const [x, output] = [view.inputs[0]!, view.outputs[0]!];
  if (sameShape(x.shape, output.shape)) return view.node.inputs[0];
  if (attrs.mode === "nearest") return nearest(view, attrs, axes, build);
  if (attrs.mode === "cubic" || attrs.antialias) return filtered(view, attrs, axes, build);

  const lines = linearAxes(axes).map((axis) => {
    const taps = linearTaps(axes[axis], attrs).map((pair) => pair ?? [outside, outside]);
    return {
      axis,
      positions: taps.flat().map((tap) => tap.position),
      weights: taps.flat().map((tap) => tap.weight),
    };
  });
  const filled = lines.some((line) => line.positions.includes(-1));
  const fill = filled ? [extrapolation(view, attrs, build)] : [];
  const shared = { shape: output.shape, lines };
  return build.node(
    interpolateName,
    [view.node.inputs[0], ...fill],
    output,
    filled ? { ...shared, fill: 1 } : shared,
  );
}

const outside = { position: -1, weight: 0 };

/** The extrapolation value as an element of the output. */
function extrapolation({ outputs }: NodeView, attrs: ResizeAttributes, build: LegalizeBuilder): string {
  const { dtype } = outputs[0]!;
  const value = attrs.extrapolation_value;
  const whole = dtype === "float32" || dtype === "float64" ? value : Math.trunc(value);
  const constant: Tensor = tensor(dtype, [], [whole]);
  return build.constant("extrapolation", constant);
}

function nearest(
  view: NodeView,
  attrs: ResizeAttributes,
  axes: readonly AxisResize[],
  build: LegalizeBuilder,
): string {
  const output = view.outputs[0]!;
  const { coordinate_transformation_mode: mode, nearest_mode: rounding } = attrs;
  const tables = axes.map((axis) =>
    axis.scale === 1 ? undefined : nearestPositions(axis, mode, rounding).map((position) => position ?? -1),
  );
  if (tables.some((table) => table?.includes(-1))) {
    return addTake(build, [view.node.inputs[0], extrapolation(view, attrs, build)], output, tables);
  }
  const scaled = scaledAxes(axes);
  if (scaled.length > 1) return addTake(build, [view.node.inputs[0]], output, tables);
  const data = { name: view.node.inputs[0], shape: view.inputs[0]!.shape };
  return addTakeOfAxis(build, data, output, scaled[0], tables[scaled[0]]!);
}

/** A filter for each axis, the last first; the extrapolation value is put over the result. */
function filtered(
  view: NodeView,
  attrs: ResizeAttributes,
  axes: readonly AxisResize[],
  build: LegalizeBuilder,
): string {
  const output = view.outputs[0]!;
  let name = view.node.inputs[0];
  let { shape } = view.inputs[0]!;
  for (const axis of scaledAxes(axes).reverse()) {
    const taps = filterTaps(axes[axis], attrs);
    let end = 0;
    shape = shape.with(axis, axes[axis].size);
    name = build.node(
      filterName,
      [name],
      { dtype: output.dtype, shape },
      {
        axis,
        ends: taps.map((list) => (end += list.length)),
        positions: taps.flat().map((tap) => tap.position),
        weights: taps.flat().map((tap) => tap.weight),
      },
    );
  }
  const tables = axes.map((axis) => {
    const isOutside = axis.scale === 1 ? [] : outsidePositions(axis, attrs);
    return isOutside.includes(true) ? isOutside.map((out, i) => (out ? -1 : i)) : undefined;
  });
  if (tables.every((table) => table === undefined)) return name;
  return addTake(build, [name, extrapolation(view, attrs, build)], output, tables);
}

const resizeLegalizer: Legalizer<ResizeAttributes> = (view, build) => [
  resize(view, view.attrs, resizedAxes(view.inputs, view.attrs), build),
];

const upsample: Legalizer<UpsampleAttributes> = (view, build) => {
  const attrs = upsampleAsResize(view.attrs);
  return [resize(view, attrs, resizedAxes(upsampleOperands(view.inputs), attrs), build)];
};

export const legalizers: Record<string, Legalizer> = {
  Resize: resizeLegalizer as Legalizer,
  Upsample: upsample as Legalizer,
};
