import type { ValueInfo } from "../op.js";
import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { type AxisResize, type ResizeAttributes, resizedAxes } from "./sizes.js";

/** Coordinate and rounding rules of Upsample, and of Resize in opset 10. */
const oldRules = { coordinate_transformation_mode: "asymmetric", nearest_mode: "simple" } as const;

function checkTypes({ dtype }: ValueInfo, { mode, antialias }: ResizeAttributes): void {
  const eightBits = dtype === "int8" || dtype === "uint8";
  const supported =
    mode === "nearest" || dtype === "float32" || (mode === "linear" && eightBits && !antialias);
  if (!supported) {
    throw new OpError(
      `mode "${mode}"${antialias ? " with antialias" : ""} of ${dtype} is not supported`,
      "Resize in float32, or with mode linear in int8 or uint8.",
      "unsupported",
    );
  }
}

const resizedShape = (axes: readonly AxisResize[]): number[] => axes.map((axis) => axis.size);

/**
 * ONNX Resize in ONNX Runtime's arithmetic: coordinates and weights in float32. `roi`, `scales` and
 * `sizes` are constant. nearest_mode "simple" is opset 10's: up to the next element when the axis gets
 * shorter, else down.
 */
const resize = defineOp<ResizeAttributes>({
  name: "Resize",
  opsets: [10, 28],
  attributes: {
    mode: attr.string("nearest", ["nearest", "linear", "cubic"]),
    coordinate_transformation_mode: attr.string("half_pixel", [
      "half_pixel",
      "half_pixel_symmetric",
      "pytorch_half_pixel",
      "align_corners",
      "asymmetric",
      "tf_half_pixel_for_nn",
      "tf_crop_and_resize",
    ]),
    nearest_mode: attr.string("round_prefer_floor", [
      "round_prefer_floor",
      "round_prefer_ceil",
      "floor",
      "ceil",
      "simple",
    ]),
    keep_aspect_ratio_policy: attr.string("stretch", ["stretch", "not_larger", "not_smaller"]),
    cubic_coeff_a: attr.float(-0.75),
    exclude_outside: attr.bool(false),
    extrapolation_value: attr.float(0),
    antialias: attr.bool(false),
    axes: attr.optional(attr.ints()),
  },
  inputs: [1, 4],
  infer(inputs, attrs) {
    const x = operand(inputs, 0, "X");
    checkTypes(x, attrs);
    return [outputInfo(x.dtype, resizedShape(resizedAxes(inputs, attrs)))];
  },
  upgrade(node, opset) {
    if (opset > 10) return node;
    const [x, scales] = node.inputs;
    return { inputs: [x, undefined, scales], attributes: { ...node.attributes, ...oldRules } };
  },
});

export type UpsampleAttributes = { readonly mode: "nearest" | "linear" };

/** The attributes of the Resize that an Upsample is. */
export const upsampleAsResize = ({ mode }: UpsampleAttributes): ResizeAttributes => ({
  ...oldRules,
  mode,
  keep_aspect_ratio_policy: "stretch",
  cubic_coeff_a: -0.75,
  exclude_outside: false,
  extrapolation_value: 0,
  antialias: false,
  axes: undefined,
});

/** The operands of that Resize: x, no region, scales. */
export const upsampleOperands = <T>([x, scales]: readonly (T | undefined)[]): (T | undefined)[] => [
  x,
  undefined,
  scales,
];

/** ONNX Upsample, which Resize replaced in opset 10. */
const upsample = defineOp<UpsampleAttributes>({
  name: "Upsample",
  opsets: [7, 9],
  attributes: { mode: attr.string("nearest", ["nearest", "linear"]) },
  inputs: [2, 2],
  infer(inputs, attrs) {
    const x = operand(inputs, 0, "X");
    checkTypes(x, upsampleAsResize(attrs));
    const axes = resizedAxes(upsampleOperands(inputs), upsampleAsResize(attrs));
    return [outputInfo(x.dtype, resizedShape(axes))];
  },
  upgrade(node, opset) {
    if (opset >= 9) return node;
    const { scales, ...attributes } = node.attributes;
    const data = Float32Array.from(attr.floats()(scales, "scales"));
    return { inputs: [node.inputs[0], { dtype: "float32", shape: [data.length], data }], attributes };
  },
});

export const ops: readonly OpDefinition[] = [resize, upsample];
