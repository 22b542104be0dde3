import { type Shape, sameShape } from "../../ir/tensor.js";
import { attr, defineOp, normalizeAxis, OpError } from "../op.js";
import { type AutoPad, autoPads, outputLength, resolveWindow } from "../window.js";
import { type UnsignedAttributes, unsignedAttribute } from "./elementwise.js";
import { outputType, quantizedOperand } from "./operands.js";

export type QLinearAveragePoolAttributes = UnsignedAttributes & {
  readonly auto_pad: AutoPad;
  readonly ceil_mode: boolean;
  readonly count_include_pad: boolean;
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
};

/** Channels-last layout is gone after import. */
const channelsLast = (value: unknown, name: string): false => {
  if (value === undefined || value === 0) return false;
  throw new OpError(`attribute "${name}" is ${String(value)}`, undefined, "unsupported");
};

/**
 * com.microsoft QLinearAveragePool: x [N, C, ...spatial] with 1 to 3 spatial dimensions, scale, zero
 * point, y scale, zero point. With `count_include_pad` the sum is divided by the whole kernel's size.
 * Where the window is the whole input it is computed as QLinearGlobalAveragePool, in integers.
 */
export const qlinearAveragePool = defineOp<QLinearAveragePoolAttributes & { channels_last: boolean }>({
  name: "com.microsoft.QLinearAveragePool",
  attributes: {
    ...unsignedAttribute,
    auto_pad: attr.string<AutoPad>("NOTSET", autoPads),
    ceil_mode: attr.bool(false),
    count_include_pad: attr.bool(false),
    kernel_shape: attr.ints(),
    strides: attr.optional(attr.ints()),
    pads: attr.optional(attr.ints()),
    channels_last: channelsLast,
  },
  inputs: [4, 5],
  infer(inputs, attrs) {
    const x = quantizedOperand(inputs, 0, "x");
    const spatial = x.shape.slice(2);
    if (spatial.length < 1 || spatial.length > 3) {
      throw new OpError(
        `x is [${x.shape}]; 1 to 3 spatial dimensions are supported`,
        undefined,
        "unsupported",
      );
    }
    const window = resolveWindow(attrs, spatial, attrs.kernel_shape);
    const lengths = spatial.map((size, axis) => outputLength(size, window, axis, attrs.ceil_mode));
    if (lengths.some((n) => n < 1)) throw new OpError(`the kernel is larger than x [${x.shape}]`);
    return [{ dtype: outputType(inputs, 3, x.dtype), shape: [...x.shape.slice(0, 2), ...lengths] }];
  },
});

/** Whether the only window of the pool is the whole of the spatial dimensions. */
export function isGlobalPool(attrs: QLinearAveragePoolAttributes, spatial: Shape): boolean {
  const { kernel, pads } = resolveWindow(attrs, spatial, attrs.kernel_shape);
  return sameShape(kernel, spatial) && pads.every((pad) => pad === 0);
}

/** com.microsoft QLinearGlobalAveragePool: x [N, C, ...spatial], scale, zero point, y scale, zero point. */
export const qlinearGlobalAveragePool = defineOp<{ channels_last: boolean }>({
  name: "com.microsoft.QLinearGlobalAveragePool",
  attributes: { channels_last: channelsLast },
  inputs: [5, 5],
  infer(inputs) {
    const x = quantizedOperand(inputs, 0, "x");
    if (x.shape.length < 3) throw new OpError(`x is [${x.shape}]; expected [N, C, ...spatial]`);
    const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)];
    return [{ dtype: outputType(inputs, 3, x.dtype), shape }];
  },
});

export type QLinearReduceMeanAttributes = {
  readonly axes: readonly number[] | undefined;
  readonly keepdims: boolean;
};

/** com.microsoft QLinearReduceMean: data, scale, zero point, y scale, zero point; no axes mean all. */
export const qlinearReduceMean = defineOp<QLinearReduceMeanAttributes>({
  name: "com.microsoft.QLinearReduceMean",
  attributes: { axes: attr.optional(attr.ints()), keepdims: attr.bool(true) },
  inputs: [4, 5],
  infer(inputs, attrs) {
    const x = quantizedOperand(inputs, 0, "data");
    const reduced = reducedAxes(attrs, x.shape.length);
    const shape = x.shape.flatMap((d, i) => (reduced.has(i) ? (attrs.keepdims ? [1] : []) : [d]));
    return [{ dtype: outputType(inputs, 3, x.dtype), shape }];
  },
});

export const reducedAxes = ({ axes }: QLinearReduceMeanAttributes, rank: number): Set<number> =>
  new Set((axes ?? Array.from({ length: rank }, (_, i) => i)).map((axis) => normalizeAxis(axis, rank)));
