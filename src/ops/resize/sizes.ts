import { OpError, type ValueInfo } from "../op.js";
import { constantOperand, normalizeAxes, operand } from "../operands.js";

export type CoordinateMode =
  | "half_pixel"
  | "half_pixel_symmetric"
  | "pytorch_half_pixel"
  | "align_corners"
  | "asymmetric"
  | "tf_half_pixel_for_nn"
  | "tf_crop_and_resize";
export type NearestMode = "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil" | "simple";

export type ResizeAttributes = {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly coordinate_transformation_mode: CoordinateMode;
  readonly nearest_mode: NearestMode;
  readonly keep_aspect_ratio_policy: "stretch" | "not_larger" | "not_smaller";
  readonly cubic_coeff_a: number;
  readonly exclude_outside: boolean;
  readonly extrapolation_value: number;
  readonly antialias: boolean;
  readonly axes: readonly number[] | undefined;
};

/** How one axis is resized. */
export interface AxisResize {
  readonly length: number;
  /** Output length. */
  readonly size: number;
  /** Output length over input length, as a float32; only roughly their quotient where `scales` gave it. */
  readonly scale: number;
  /** The stretch of the input that is shown, in lengths of the axis; [0, 1] but for tf_crop_and_resize. */
  readonly region: readonly [number, number];
}

const f = Math.fround;

/** What a Resize does to each axis. `axes` names those that scales, sizes and region speak of. */
export function resizedAxes(
  inputs: readonly (ValueInfo | undefined)[],
  attrs: ResizeAttributes,
): AxisResize[] {
  const { shape } = operand(inputs, 0, "X");
  const axes = normalizeAxes(attrs.axes ?? shape.map((_, i) => i), shape.length);
  const scales = nonEmpty(constantOperand(inputs, 2, "scales"));
  const sizes = nonEmpty(constantOperand(inputs, 3, "sizes"));
  const given = scales ?? sizes;
  if (!given || (scales && sizes)) throw new OpError("exactly one of scales and sizes must be given");
  if (given.length !== axes.length) {
    throw new OpError(`${scales ? "scales" : "sizes"} [${given}] must have ${axes.length} elements`);
  }
  const crop = attrs.coordinate_transformation_mode === "tf_crop_and_resize";
  const roi = crop ? nonEmpty(constantOperand(inputs, 1, "roi")) : undefined;
  if (roi && roi.length !== 2 * axes.length) throw new OpError(`roi must have ${2 * axes.length} elements`);

  const result: AxisResize[] = shape.map((length) => ({ length, size: length, scale: 1, region: [0, 1] }));
  const policy = sizes ? commonScale(sizes, axes, shape, attrs.keep_aspect_ratio_policy) : undefined;
  axes.forEach((axis, i) => {
    const length = shape[axis];
    const wanted = scales ? f(scales[i]) : length === 0 ? 1 : f(given[i] / length);
    const scale = policy ?? wanted;
    if (!(scale > 0)) throw new OpError(`scale ${scale} of axis ${axis} must be greater than 0`);
    const exact = f(scale * length);
    const size = scales ? Math.trunc(exact) : policy === undefined ? sizes![i] : Math.floor(exact + 0.5);
    if (attrs.coordinate_transformation_mode === "align_corners" && scales && exact !== size && size > 1) {
      throw new OpError(
        `align_corners with a scale of ${scale} leaves axis ${axis} between ${size} and ${size + 1} elements, where ONNX and ONNX Runtime differ`,
        "Give the output size as sizes instead of scales.",
        "unsupported",
      );
    }
    if (length === 0 && size !== 0) throw new OpError(`axis ${axis} has no elements to resize to ${size}`);
    const region: readonly [number, number] = roi ? [f(roi[i]), f(roi[axes.length + i])] : [0, 1];
    result[axis] = { length, size, scale, region };
  });
  return result;
}

const nonEmpty = (list: number[] | undefined): number[] | undefined => (list?.length ? list : undefined);

/** The one scale of all axes where the aspect ratio is kept. */
function commonScale(
  sizes: readonly number[],
  axes: readonly number[],
  shape: readonly number[],
  policy: ResizeAttributes["keep_aspect_ratio_policy"],
): number | undefined {
  if (policy === "stretch") return undefined;
  const scales = axes.map((axis, i) => f(sizes[i] / shape[axis]));
  return policy === "not_larger" ? Math.min(...scales) : Math.max(...scales);
}
