import { attr, defineOp, normalizeAxis, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { constantScalar, int64Vector, operand, outputInfo } from "../operands.js";

type Inputs = readonly (ValueInfo | undefined)[];

export type DftAttributes = { readonly inverse: boolean; readonly onesided: boolean };

/** What a DFT computes. */
export interface DftPlan {
  readonly axis: number;
  /** Points of the transform: the input is cut off or continued with zeros to as many. */
  readonly length: number;
  /** Output positions along the axis. */
  readonly bins: number;
  /** The input is the first half of a spectrum, the output real. */
  readonly toReal: boolean;
}

function realOrComplex(inputs: Inputs, name: string): ValueInfo {
  const input = operand(inputs, 0, name);
  if (input.dtype !== "float32") {
    throw new OpError(
      `${name} is ${input.dtype}; only float32 is supported`,
      "Cast it to float32.",
      "unsupported",
    );
  }
  const parts = input.shape.at(-1);
  if (input.shape.length < 2 || (parts !== 1 && parts !== 2)) {
    throw new OpError(`${name} [${input.shape}] must end in an axis of 1 (real) or 2 (complex)`);
  }
  return input;
}

/** Throws `OpError` unless the number of points is one that a transform can have. */
function checkLength(length: number): void {
  if (!(length >= 1 && length <= 2 ** 24))
    throw new OpError(`a transform of ${length} points is not supported`);
}

export function dftPlan(inputs: Inputs, { inverse, onesided }: DftAttributes): DftPlan {
  const { shape } = realOrComplex(inputs, "input");
  const axis = normalizeAxis(constantScalar(inputs, 2, "axis") ?? -2, shape.length);
  if (axis === shape.length - 1)
    throw new OpError("axis must not be the last one, which holds real and imaginary parts");
  const toReal = inverse && onesided;
  if (toReal && shape.at(-1) !== 2) throw new OpError("a onesided inverse transform needs a complex input");
  const length = constantScalar(inputs, 1, "dft_length") ?? (toReal ? 2 * (shape[axis] - 1) : shape[axis]);
  checkLength(length);
  return { axis, length, bins: onesided && !inverse ? Math.floor(length / 2) + 1 : length, toReal };
}

/**
 * ONNX DFT: [..., points, ..., 1 or 2] float32 -> [..., bins, ..., 2], or [..., points, ..., 1] where the
 * transform is inverse and onesided. `dft_length` and `axis` are constant.
 */
const dft = defineOp<DftAttributes>({
  name: "DFT",
  opsets: [17, 28],
  attributes: { inverse: attr.bool(false), onesided: attr.bool(false) },
  inputs: [1, 3],
  infer(inputs, attrs) {
    const { axis, bins, toReal } = dftPlan(inputs, attrs);
    const { dtype, shape } = operand(inputs, 0, "input");
    return [outputInfo(dtype, shape.with(axis, bins).with(-1, toReal ? 1 : 2))];
  },
  upgrade(node, opset) {
    if (opset >= 20) return node;
    const { axis, ...attributes } = node.attributes;
    const [input, length] = node.inputs;
    return {
      inputs: [input, length, { ...int64Vector([attr.int(1)(axis, "axis")]), shape: [] }],
      attributes,
    };
  },
});

export type StftAttributes = { readonly onesided: boolean };

export interface StftPlan {
  readonly step: number;
  /** Points of the transform. */
  readonly length: number;
  readonly frames: number;
  readonly bins: number;
}

export function stftPlan(inputs: Inputs, { onesided }: StftAttributes): StftPlan {
  const { shape } = realOrComplex(inputs, "signal");
  const [step, given] = [constantScalar(inputs, 1, "frame_step"), constantScalar(inputs, 3, "frame_length")];
  const window = inputs[2];
  const length = given ?? window?.shape[0];
  if (shape.length !== 3) throw new OpError(`signal [${shape}] must be [batch, length, 1 or 2]`);
  if (length === undefined) throw new OpError("neither window nor frame_length is given");
  checkLength(length);
  if (window && (window.dtype !== "float32" || window.shape.length !== 1 || window.shape[0] !== length)) {
    throw new OpError(`window is ${window.dtype}[${window.shape}]; expected float32[${length}]`);
  }
  if (step === undefined || step < 1) throw new OpError(`frame_step is ${step}; expected at least 1`);
  const frames = Math.max(0, Math.floor((shape[1] - length) / step) + 1);
  return { step, length, frames, bins: onesided ? Math.floor(length / 2) + 1 : length };
}

/**
 * ONNX STFT: [batch, length, 1 or 2] float32 -> [batch, frames, bins, 2]. `frame_step` and `frame_length`
 * are constant; the window, float32 [frame_length], need not be.
 */
const stft = defineOp<StftAttributes>({
  name: "STFT",
  opsets: [17, 28],
  attributes: { onesided: attr.bool(true) },
  inputs: [2, 4],
  infer(inputs, attrs) {
    const { frames, bins } = stftPlan(inputs, attrs);
    return [outputInfo("float32", [operand(inputs, 0, "signal").shape[0], frames, bins, 2])];
  },
});

export const ops: readonly OpDefinition[] = [dft, stft];
