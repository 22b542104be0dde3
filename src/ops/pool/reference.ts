import { dtypeInfo } from "../../ir/dtype.js";
import { type Shape, type Tensor, zeros } from "../../ir/tensor.js";
import { elements } from "../indexing.js";
import type { Reference } from "../op.js";
import { type Window, wholeWindow } from "../window.js";
import { largest, mean, norm } from "./arithmetic.js";
import { type PoolDivisor, poolName } from "./kernel-op.js";
import { kernelPool } from "./kernel-reference.js";
import {
  type AveragePoolAttributes,
  globalShape,
  type LpPoolAttributes,
  type MaxPoolAttributes,
  type OnnxPoolAttributes,
  poolShape,
  resolvePool,
} from "./op.js";
import { columnMajor, planesOf, poolWindows } from "./planes.js";

/** What a window gives: its taps' values in row-major order, and what an average divides by. */
type Reduce = (values: readonly number[], count: number) => number;

const max =
  (x: Tensor): Reduce =>
  (values) =>
    largest(values, dtypeInfo[x.dtype].min);

function pool(
  x: Tensor,
  shape: Shape,
  window: Window,
  reduce: Reduce,
  divisor: PoolDivisor = "inside",
): Tensor {
  const y = zeros(x.dtype, shape);
  const windows = poolWindows(x.shape.slice(2), shape.slice(2), window, divisor);
  const [from, to] = [elements(x) as number[], elements(y)];
  planesOf(x.shape, false).forEach(({ first }, plane) => {
    windows.forEach(({ taps, count }, i) => {
      to[plane * windows.length + i] = reduce(
        taps.map((tap) => from[first + tap.input]),
        count,
      );
    });
  });
  return y;
}

const pooled = (
  x: Tensor,
  attrs: OnnxPoolAttributes,
  reduce: Reduce,
  divisor: PoolDivisor = "inside",
): Tensor => pool(x, poolShape(x.shape, attrs), resolvePool(attrs, x.shape), reduce, divisor);

const averagePool: Reference<AveragePoolAttributes> = ([x], attrs) => [
  pooled(x!, attrs, mean, attrs.count_include_pad ? "padded" : "inside"),
];

const lpPool: Reference<LpPoolAttributes> = ([x], attrs) => [
  pooled(x!, attrs, (values) => norm(values, attrs.p)),
];

const globally = (x: Tensor, reduce: Reduce): Tensor[] => [
  pool(x, globalShape(x.shape), wholeWindow(x.shape.slice(2)), reduce),
];

const globalAveragePool: Reference = ([x]) => globally(x!, mean);
const globalMaxPool: Reference = ([x]) => globally(x!, max(x!));
const globalLpPool: Reference<{ readonly p: 1 | 2 }> = ([x], { p }) =>
  globally(x!, (values) => norm(values, p));

/** The largest value, and its place in the flattened x: the first in row-major order of equal ones. */
const maxPool: Reference<MaxPoolAttributes> = ([x], attrs) => {
  const y = pooled(x!, attrs, max(x!));
  const indices = zeros("int64", y.shape);
  const spatial = x!.shape.slice(2);
  const windows = poolWindows(spatial, y.shape.slice(2), resolvePool(attrs, x!.shape), "inside");
  const place = (position: number) => (attrs.storage_order ? columnMajor(position, spatial) : position);
  const [from, best, to] = [elements(x!), elements(y), elements(indices)];
  planesOf(x!.shape, false).forEach(({ first }, plane) => {
    windows.forEach(({ taps }, i) => {
      const output = plane * windows.length + i;
      const tap = taps.find((t) => from[first + t.input] === best[output]);
      to[output] = BigInt(first + (tap ? place(tap.input) : 0));
    });
  });
  return [y, indices];
};

export const references = {
  AveragePool: averagePool,
  MaxPool: maxPool,
  LpPool: lpPool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  GlobalLpPool: globalLpPool,
  [poolName]: kernelPool,
} as Record<string, unknown> as Record<string, Reference>;
