import type { Shape } from "../../ir/tensor.js";
import { checkBias, convAttributes, type OnnxConvAttributes, requireFloat } from "../conv/op.js";
import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { perAxis, perPad, span, splitPads } from "../window.js";
import { kernelConvTranspose } from "./kernel-op.js";

/** Attributes of ONNX ConvTranspose (opset 22) as a node has them. */
export type OnnxConvTransposeAttributes = OnnxConvAttributes & {
  readonly output_padding: readonly number[] | undefined;
  /** The output's spatial dimensions, batch and channels left out. */
  readonly output_shape: readonly number[] | undefined;
};

/** Where a transposed convolution puts its input, with all defaults filled in. */
export interface TransposedWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Cropped at the beginning of each spatial dimension. */
  readonly padsBegin: readonly number[];
  readonly outputSpatial: readonly number[];
}

/**
 * ONNX ConvTranspose, opsets 1 to 28, float32: x [N, C, ...spatial], w [C, OC/group, ...kernel],
 * optional bias [OC], 1 to 3 spatial dimensions. `output_shape` decides the pads; with `auto_pad` SAME_*
 * the output has stride times as many positions as x. An odd crop takes more at the end for SAME_UPPER,
 * at the beginning otherwise.
 */
const convTranspose = defineOp<OnnxConvTransposeAttributes>({
  name: "ConvTranspose",
  opsets: [1, 28],
  attributes: {
    ...convAttributes,
    output_padding: attr.optional(attr.ints()),
    output_shape: attr.optional(attr.ints()),
  },
  inputs: [2, 3],
  infer(inputs, attrs) {
    const [x, w, bias] = [operand(inputs, 0, "X"), operand(inputs, 1, "W"), inputs[2]];
    for (const input of [x, w, bias]) requireFloat("ConvTranspose", input?.dtype);
    const { outputSpatial } = resolveConvTranspose(attrs, x.shape, w.shape);
    const channels = w.shape[1] * attrs.group;
    checkBias(bias?.shape, channels);
    return [outputInfo("float32", [x.shape[0], channels, ...outputSpatial])];
  },
});

/** The window of a transposed convolution over x [N, C, ...spatial] with w [C, OC/group, ...kernel]. */
export function resolveConvTranspose(
  attrs: OnnxConvTransposeAttributes,
  x: Shape,
  w: Shape,
): TransposedWindow {
  const rank = x.length - 2;
  if (rank < 1 || rank > 3 || w.length !== x.length) {
    throw new OpError(
      `x [${x}] and w [${w}]: 1 to 3 spatial dimensions are supported, the same number in both`,
      undefined,
      x.length === w.length ? "unsupported" : "invalid",
    );
  }
  if (w[0] !== x[1] || attrs.group < 1 || x[1] % attrs.group !== 0) {
    throw new OpError(`w [${w}] does not fit the ${x[1]} channels of x in ${attrs.group} groups`);
  }
  const kernel = w.slice(2);
  if (attrs.kernel_shape && String(attrs.kernel_shape) !== String(kernel)) {
    throw new OpError(`kernel_shape [${attrs.kernel_shape}] is not that of the weights, [${kernel}]`);
  }
  const strides = perAxis("strides", attrs.strides, rank, 1);
  const dilations = perAxis("dilations", attrs.dilations, rank, 1);
  const extra = attrs.output_padding?.length ? attrs.output_padding : new Array<number>(rank).fill(0);
  if (extra.length !== rank || extra.some((e) => e < 0)) {
    throw new OpError(`attribute "output_padding" is [${extra}]; expected ${rank} numbers, 0 or more`);
  }
  const full = x.slice(2).map((n, i) => (n - 1) * strides[i] + span(kernel[i], dilations[i]) + extra[i]);
  const { outputSpatial, padsBegin } = crop(attrs, x.slice(2), strides, full);
  if (outputSpatial.some((n) => n < 1)) throw new OpError(`the pads leave nothing of x [${x}]`);
  return { kernel, strides, dilations, padsBegin, outputSpatial };
}

/** What is kept of the `full` output: explicit pads, or those that give the requested size. */
function crop(
  attrs: OnnxConvTransposeAttributes,
  spatial: Shape,
  strides: readonly number[],
  full: readonly number[],
): Pick<TransposedWindow, "padsBegin" | "outputSpatial"> {
  const rank = spatial.length;
  const requested = attrs.output_shape?.length ? attrs.output_shape : undefined;
  if (requested && requested.length !== rank) {
    throw new OpError(`attribute "output_shape" is [${requested}]; expected ${rank} numbers`);
  }
  const same = attrs.auto_pad === "SAME_UPPER" || attrs.auto_pad === "SAME_LOWER";
  const size = requested ?? (same ? spatial.map((n, i) => n * strides[i]) : undefined);
  const pads = size
    ? splitPads(
        full.map((n, i) => Math.max(0, n - size[i])),
        attrs.auto_pad === "SAME_UPPER" ? "SAME_UPPER" : "SAME_LOWER",
      )
    : perPad(attrs.auto_pad === "VALID" ? undefined : attrs.pads, rank);
  return {
    padsBegin: pads.slice(0, rank),
    outputSpatial: requested ?? full.map((n, i) => n - pads[i] - pads[rank + i]),
  };
}

export const ops = [convTranspose, kernelConvTranspose] as readonly unknown[] as readonly OpDefinition[];
