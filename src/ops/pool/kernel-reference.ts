import { dtypeInfo } from "../../ir/dtype.js";
import { numel, type Tensor, zeros } from "../../ir/tensor.js";
import { elements } from "../indexing.js";
import type { Reference } from "../op.js";
import { requantize, roundHalfEven } from "../requantize.js";
import { largest, mean, norm } from "./arithmetic.js";
import { type PoolAttributes, type PoolQuantization, poolDType, poolOutputShape } from "./kernel-op.js";
import { columnMajor, planesOf, poolWindows } from "./planes.js";

/** `vcgen.Pool`; its arithmetic is defined with its attributes. */
export const kernelPool: Reference<PoolAttributes> = ([x], attrs) => {
  const { pool } = attrs;
  const shape = poolOutputShape(x!.shape, attrs, attrs.ceil);
  const y = zeros(poolDType(x!, pool), shape);
  const indices = zeros("int64", shape);
  const spatial = x!.shape.slice(1, -1);
  const divisor = pool.kind === "average" ? pool.divisor : "inside";
  const windows = poolWindows(spatial, shape.slice(1, -1), attrs, divisor);
  const from = elements(x!) as number[];
  const outPlanes = planesOf(shape, true);
  planesOf(x!.shape, true).forEach(({ channel, first, step }, plane) => {
    windows.forEach(({ taps, count }, i) => {
      const output = outPlanes[plane].first + i * step;
      const values = taps.map((tap) => from[first + tap.input * step]);
      y.data[output] = reduce(values, count, channel, x!, attrs);
      if (pool.kind !== "max" || !pool.indices) return;
      const best = taps[values.indexOf(y.data[output] as number)]?.input ?? 0;
      const place = pool.indices === "column-major" ? columnMajor(best, spatial) : best;
      elements(indices)[output] = BigInt(plane * numel(spatial) + place);
    });
  });
  return [y, indices];
};

function reduce(
  values: readonly number[],
  count: number,
  channel: number,
  x: Tensor,
  { pool }: PoolAttributes,
): number {
  switch (pool.kind) {
    case "max":
      return largest(values, dtypeInfo[x.dtype].min);
    case "sum":
      return requantize(
        values.reduce((sum, v) => sum + v - pool.xZeroPoint, 0),
        channel,
        pool.output,
      );
    case "average":
      return pool.quantize ? quantized(values, count, pool.quantize) : mean(values, count);
    case "lp":
      return norm(values, pool.p);
  }
}

function quantized(values: readonly number[], count: number, to: PoolQuantization): number {
  const real = mean(
    values.map((v) => Math.fround(to.xScale * (v - to.xZeroPoint))),
    count,
  );
  const scaled = Math.fround(Math.fround(real / to.yScale) + (to.yZeroPoint + to.offset));
  return Math.min(Math.max(roundHalfEven(scaled) - to.offset, to.min), to.max);
}
