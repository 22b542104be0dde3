import { isQuantDType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { type Requantize, requantizeProblem } from "../requantize.js";
import { outputLength, type Window } from "../window.js";

/**
 * What `vcgen.Pool` computes from the taps of a window that lie inside the input, in row-major order:
 *
 * - `max`: the largest, x's type. With `indices`, output 1 is its place (int64) in the flattened ONNX
 *   tensor [N, C, ...spatial], spatial dimensions counted row-major or column-major; of equal values
 *   the first counts.
 * - `sum` with `requantize`: `acc = sum(x - xZeroPoint)` in int32, requantized; the scale holds the
 *   division by the count (QLinearGlobalAveragePool).
 * - `average` of float32: the float32 sum from 0, divided by the count.
 * - `average` with `quantize` (QLinearAveragePool): every step in float32,
 *   `s = sum(xScale * (x - xZeroPoint))` from 0, `m = s / count`,
 *   `y = clamp(rne(m / yScale + (yZeroPoint + offset)) - offset, min, max)`.
 * - `lp` of float32 with p 1 or 2: the sum of |x|, or the square root of the sum of x * x.
 */
export type PoolKind =
  | { readonly kind: "max"; readonly indices?: "row-major" | "column-major" }
  | { readonly kind: "sum"; readonly xZeroPoint: number; readonly output: Requantize }
  | { readonly kind: "average"; readonly divisor: PoolDivisor; readonly quantize?: PoolQuantization }
  | { readonly kind: "lp"; readonly p: 1 | 2 };

/**
 * What an average divides by: the taps `inside` the input; those inside the input and its padding, not
 * counting what `ceil` adds (`padded`, ONNX count_include_pad); or all taps of the `kernel`.
 */
export type PoolDivisor = "inside" | "padded" | "kernel";

export interface PoolQuantization {
  readonly xScale: number;
  readonly xZeroPoint: number;
  readonly yScale: number;
  readonly yZeroPoint: number;
  /** 128 where ONNX Runtime computes int8 as uint8, else 0: float32 rounds the sum with it differently. */
  readonly offset: number;
  /** Quantized bounds of the output. */
  readonly min: number;
  readonly max: number;
  readonly dtype: "int8" | "uint8" | "int16" | "uint16";
}

/**
 * Attributes of `vcgen.Pool`: x [N, ...spatial, C] with 1 to 3 spatial dimensions, output
 * [N, ...spatial, C].
 */
export type PoolAttributes = {
  /** D numbers each, at least 1. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** D begins, then D ends; not negative. */
  readonly pads: readonly number[];
  /** Count a last window that is only partly inside (ONNX ceil_mode). */
  readonly ceil: boolean;
  readonly pool: PoolKind;
};

export const poolName = "vcgen.Pool";

export const kernelPool = defineOp<PoolAttributes>({
  name: poolName,
  attributes: {
    kernel: attr.ints(),
    strides: attr.ints(),
    dilations: attr.ints(),
    pads: attr.ints(),
    ceil: (value) => value === true || value === 1,
    pool: (value, name) => {
      if (!value || typeof value !== "object" || !("kind" in value)) {
        throw new OpError(`attribute "${name}" must be a kind of pooling`);
      }
      return value as PoolKind;
    },
  },
  inputs: [1, 1],
  outputs: [1, 2],
  infer([x], attrs, outputs) {
    if (!x) throw new OpError(`${poolName} needs x`);
    const rank = x.shape.length - 2;
    const lists = [attrs.kernel, attrs.strides, attrs.dilations];
    if (rank < 1 || rank > 3 || lists.some((l) => l.length !== rank) || attrs.pads.length !== 2 * rank) {
      throw new OpError(`${poolName} takes 1 to 3 spatial dimensions and a window to fit; x is [${x.shape}]`);
    }
    checkKind(x, attrs.pool, outputs);
    const shape = poolOutputShape(x.shape, attrs, attrs.ceil);
    const first = { dtype: poolDType(x, attrs.pool), shape };
    return outputs > 1 ? [first, { dtype: "int64", shape }] : [first];
  },
});

export function poolOutputShape(x: Shape, window: Window, ceil: boolean): number[] {
  return [
    x[0],
    ...x.slice(1, -1).map((size, axis) => outputLength(size, window, axis, ceil)),
    x[x.length - 1],
  ];
}

/** Element type of the pooled output. */
export function poolDType(x: Pick<ValueInfo, "dtype">, pool: PoolKind): ValueInfo["dtype"] {
  if (pool.kind === "sum") return pool.output.dtype;
  return pool.kind === "average" && pool.quantize ? pool.quantize.dtype : x.dtype;
}

function checkKind(x: ValueInfo, pool: PoolKind, outputs: number): void {
  const integer = pool.kind === "sum" || (pool.kind === "average" && pool.quantize !== undefined);
  const fits = pool.kind === "max" ? x.dtype === "float32" || isQuantDType(x.dtype) : undefined;
  if (!(fits ?? (integer ? isQuantDType(x.dtype) : x.dtype === "float32"))) {
    throw new OpError(`${poolName} ${pool.kind} cannot take ${x.dtype}`);
  }
  if (outputs > 1 && !(pool.kind === "max" && pool.indices)) {
    throw new OpError(`${poolName} ${pool.kind} has no indices`);
  }
  const problem =
    pool.kind === "sum" ? requantizeProblem(pool.output, x.shape[x.shape.length - 1]) : undefined;
  if (problem) throw new OpError(problem);
}
