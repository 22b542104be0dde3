import { OpError } from "./op.js";

/** How ONNX Conv, ConvTranspose and the pools may ask for padding. */
export const autoPads = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] as const;
export type AutoPad = (typeof autoPads)[number];

/** Where a kernel reads its input: one number for each spatial dimension, `pads` begins then ends. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** The window attributes as an ONNX node has them. */
export interface WindowAttributes {
  readonly auto_pad: AutoPad;
  readonly kernel_shape?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
}

/** Input positions a kernel dimension spans, first to last tap. */
export const span = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/**
 * Output length of one spatial dimension. With `ceil`, a last window that is only partly inside counts
 * too, provided it starts inside the input or its begin padding (ONNX AveragePool, MaxPool).
 */
export function outputLength(input: number, window: Window, axis: number, ceil = false): number {
  const rank = window.kernel.length;
  const stride = window.strides[axis];
  const begin = window.pads[axis];
  const room = input + begin + window.pads[rank + axis] - span(window.kernel[axis], window.dilations[axis]);
  if (!ceil) return Math.floor(room / stride) + 1;
  const length = Math.ceil(room / stride) + 1;
  return (length - 1) * stride >= input + begin ? length - 1 : length;
}

/**
 * Defaults filled in and `auto_pad` turned into pads. For SAME_* the output has ceil(input / stride)
 * positions, and an odd padding puts the extra element at the end (UPPER) or the beginning (LOWER).
 */
export function resolveWindow(
  attrs: WindowAttributes,
  spatial: readonly number[],
  kernel: readonly number[],
): Window {
  const rank = spatial.length;
  const strides = perAxis("strides", attrs.strides, rank, 1);
  const dilations = perAxis("dilations", attrs.dilations, rank, 1);
  if (kernel.length !== rank || kernel.some((k) => k < 1)) {
    throw new OpError(`kernel shape [${kernel}] does not fit ${rank} spatial dimensions`);
  }
  const pads =
    attrs.auto_pad === "NOTSET"
      ? perPad(attrs.pads, rank)
      : attrs.auto_pad === "VALID"
        ? new Array<number>(2 * rank).fill(0)
        : splitPads(
            spatial.map((size, i) => {
              const positions = Math.ceil(size / strides[i]);
              return Math.max(0, (positions - 1) * strides[i] + span(kernel[i], dilations[i]) - size);
            }),
            attrs.auto_pad,
          );
  return { kernel, strides, dilations, pads };
}

/** The window that covers all of the input once, as the global pools do. */
export const wholeWindow = (spatial: readonly number[]): Window => ({
  kernel: spatial,
  strides: spatial.map(() => 1),
  dilations: spatial.map(() => 1),
  pads: [...spatial, ...spatial].map(() => 0),
});

/** Total padding of each dimension as begins then ends; an odd element goes where `mode` says. */
export function splitPads(totals: readonly number[], mode: "SAME_UPPER" | "SAME_LOWER"): number[] {
  const begins = totals.map((t) => (mode === "SAME_UPPER" ? Math.floor(t / 2) : Math.ceil(t / 2)));
  return [...begins, ...totals.map((t, i) => t - begins[i])];
}

/** A list with one positive number for each of `rank` dimensions; `fallback` where it is absent. */
export function perAxis(
  name: string,
  values: readonly number[] | undefined,
  rank: number,
  fallback: number,
): readonly number[] {
  if (!values || values.length === 0) return new Array<number>(rank).fill(fallback);
  if (values.length !== rank || values.some((v) => v < 1)) {
    throw new OpError(`attribute "${name}" is [${values}]; expected ${rank} positive numbers`);
  }
  return values;
}

/** Begin and end pads of `rank` dimensions, 0 where absent. Negative pads (crops) are refused. */
export function perPad(values: readonly number[] | undefined, rank: number): readonly number[] {
  if (!values || values.length === 0) return new Array<number>(2 * rank).fill(0);
  if (values.length !== 2 * rank) {
    throw new OpError(`attribute "pads" is [${values}]; expected ${2 * rank} numbers`);
  }
  if (values.some((v) => v < 0)) {
    throw new OpError(
      `attribute "pads" is [${values}]; negative pads are not supported`,
      "Slice the input instead.",
      "unsupported",
    );
  }
  return values;
}
