import type { DType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { requireFloat } from "../conv/op.js";
import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { type AutoPad, autoPads, outputLength, resolveWindow, type Window } from "../window.js";
import { kernelPool } from "./kernel-op.js";

/** Attributes that AveragePool, MaxPool and LpPool share. */
export type OnnxPoolAttributes = {
  readonly auto_pad: AutoPad;
  readonly ceil_mode: boolean;
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
  /** Begins, then ends. */
  readonly pads: readonly number[] | undefined;
};

export type AveragePoolAttributes = OnnxPoolAttributes & { readonly count_include_pad: boolean };
/** `storage_order` true: Indices count spatial dimensions column-major. */
export type MaxPoolAttributes = OnnxPoolAttributes & { readonly storage_order: boolean };
export type LpPoolAttributes = OnnxPoolAttributes & { readonly p: 1 | 2 };

/** Readers of the attributes that the pools share. */
const poolAttributes = {
  auto_pad: attr.string<AutoPad>("NOTSET", autoPads),
  ceil_mode: attr.bool(false),
  kernel_shape: attr.ints(),
  strides: attr.optional(attr.ints()),
  dilations: attr.optional(attr.ints()),
  pads: attr.optional(attr.ints()),
};

/** Norm order; roots other than the square root are not supported. */
const normOrder = (value: unknown, name: string): 1 | 2 => {
  const p = attr.int(2)(value, name);
  if (p === 1 || p === 2) return p;
  throw new OpError(`attribute "${name}" is ${p}; supported: 1, 2`, undefined, "unsupported");
};

const onePooled = (op: string) => (inputs: readonly (ValueInfo | undefined)[], attrs: OnnxPoolAttributes) => {
  const x = operand(inputs, 0, "X");
  requireFloat(op, x.dtype);
  return [outputInfo("float32", poolShape(x.shape, attrs))];
};

/** ONNX AveragePool, opsets 1 to 28: float32 [N, C, ...spatial], 1 to 3 spatial dimensions. */
const averagePool = defineOp<AveragePoolAttributes>({
  name: "AveragePool",
  opsets: [1, 28],
  attributes: { ...poolAttributes, count_include_pad: attr.bool(false) },
  inputs: [1, 1],
  infer: onePooled("AveragePool"),
});

/** ONNX LpPool, opsets 1 to 28: float32, the 1- or 2-norm of each window. */
const lpPool = defineOp<LpPoolAttributes>({
  name: "LpPool",
  opsets: [1, 28],
  attributes: { ...poolAttributes, p: normOrder },
  inputs: [1, 1],
  infer: onePooled("LpPool"),
});

const maxPooled: readonly DType[] = ["float32", "int8", "uint8"];

/** ONNX MaxPool, opsets 1 to 28: float32, int8 or uint8; optional second output Indices (int64). */
const maxPool = defineOp<MaxPoolAttributes>({
  name: "MaxPool",
  opsets: [1, 28],
  attributes: { ...poolAttributes, storage_order: attr.bool(false) },
  inputs: [1, 1],
  outputs: [1, 2],
  infer(inputs, attrs, outputs) {
    const x = operand(inputs, 0, "X");
    if (!maxPooled.includes(x.dtype)) {
      throw new OpError(`MaxPool of ${x.dtype} is not supported`, undefined, "unsupported");
    }
    const shape = poolShape(x.shape, attrs);
    const y = outputInfo(x.dtype, shape);
    return outputs > 1 ? [y, outputInfo("int64", shape)] : [y];
  },
});

const globalPooled = (op: string) => (inputs: readonly (ValueInfo | undefined)[]) => {
  const x = operand(inputs, 0, "X");
  requireFloat(op, x.dtype);
  return [outputInfo("float32", globalShape(x.shape))];
};

/** ONNX GlobalAveragePool, opsets 1 to 28: float32, the mean over all spatial positions. */
const globalAveragePool = defineOp({
  name: "GlobalAveragePool",
  opsets: [1, 28],
  attributes: {},
  inputs: [1, 1],
  infer: globalPooled("GlobalAveragePool"),
});

/** ONNX GlobalMaxPool, opsets 1 to 28: float32, the largest value over all spatial positions. */
const globalMaxPool = defineOp({
  name: "GlobalMaxPool",
  opsets: [1, 28],
  attributes: {},
  inputs: [1, 1],
  infer: globalPooled("GlobalMaxPool"),
});

/** ONNX GlobalLpPool, opsets 1 to 28: float32, the 1- or 2-norm over all spatial positions. */
const globalLpPool = defineOp<{ readonly p: 1 | 2 }>({
  name: "GlobalLpPool",
  opsets: [1, 28],
  attributes: { p: normOrder },
  inputs: [1, 1],
  infer: globalPooled("GlobalLpPool"),
});

/** The window of a pool over x [N, C, ...spatial]. */
export const resolvePool = (attrs: OnnxPoolAttributes, x: Shape): Window =>
  resolveWindow(attrs, x.slice(2), attrs.kernel_shape);

/** Output shape [N, C, ...spatial] of a pool over x [N, C, ...spatial]. */
export function poolShape(x: Shape, attrs: OnnxPoolAttributes): number[] {
  requireSpatial(x);
  const window = resolvePool(attrs, x);
  const spatial = x.slice(2).map((size, axis) => outputLength(size, window, axis, attrs.ceil_mode));
  if (spatial.some((size) => size < 1)) {
    throw new OpError(`the window [${window.kernel}] is larger than x [${x}]`);
  }
  return [...x.slice(0, 2), ...spatial];
}

/** [N, C, 1, ...] for x [N, C, ...spatial]. */
export function globalShape(x: Shape): number[] {
  requireSpatial(x);
  return [...x.slice(0, 2), ...x.slice(2).map(() => 1)];
}

function requireSpatial(x: Shape): void {
  if (x.length < 3 || x.length > 5) {
    throw new OpError(
      `x [${x}]: pooling takes 1 to 3 spatial dimensions`,
      undefined,
      x.length < 3 ? "invalid" : "unsupported",
    );
  }
}

export const ops = [
  averagePool,
  maxPool,
  lpPool,
  globalAveragePool,
  globalMaxPool,
  globalLpPool,
  kernelPool,
] as readonly unknown[] as readonly OpDefinition[];
