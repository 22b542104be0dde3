/** Inclusive bounds of the values an int32 accumulator can take. */
export interface AccumulatorRange {
  readonly min: number;
  readonly max: number;
}

/** What one output channel sums up: `acc = bias + sum((x - xZeroPoint) * (w - wZeroPoint))`. */
export interface ChannelSum {
  /** Quantized weights, those of the channel at `start` to `start + count`. */
  readonly weights: ArrayLike<number>;
  readonly start: number;
  readonly count: number;
  readonly wZeroPoint: number;
  readonly bias: number;
  /** Inclusive bounds of the quantized input: those of its type, or narrower where they are known. */
  readonly x: { readonly min: number; readonly max: number };
  readonly xZeroPoint: number;
}

export const int32Range: AccumulatorRange = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/**
 * The range of a channel's accumulator over all inputs, from its actual weights; both bounds are reached.
 * A tap may also contribute nothing, as it does in the padding, so the range holds for any subset of taps.
 * Where the sum can leave int32 it wraps, and every int32 value counts as reachable.
 */
export function reachableRange(sum: ChannelSum): AccumulatorRange {
  const low = Math.min(sum.x.min - sum.xZeroPoint, 0);
  const high = Math.max(sum.x.max - sum.xZeroPoint, 0);
  let positive = 0;
  let negative = 0;
  for (let i = sum.start; i < sum.start + sum.count; i++) {
    const w = sum.weights[i] - sum.wZeroPoint;
    if (w > 0) positive += w;
    else negative += w;
  }
  const min = sum.bias + positive * low + negative * high;
  const max = sum.bias + positive * high + negative * low;
  return min < int32Range.min || max > int32Range.max ? int32Range : { min, max };
}
