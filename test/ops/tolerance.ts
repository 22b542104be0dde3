import { type Tensor, toNumbers } from "../../src/ir/tensor.js";

/**
 * Where a tensor first differs from the expected one by more than ONNX's node tests allow (rtol 1e-3,
 * atol 1e-7; integers not at all), with both values; undefined where it does not.
 */
export function firstBeyondTolerance(got: Tensor, expected: Tensor): string | undefined {
  const describe = (t: Tensor) => `${t.dtype}[${t.shape}]`;
  if (describe(got) !== describe(expected)) return `${describe(got)} instead of ${describe(expected)}`;
  const [a, b] = [toNumbers(got), toNumbers(expected)];
  const limit = (v: number) => (got.dtype === "float32" ? 1e-7 + 1e-3 * Math.abs(v) : 0);
  const same = (x: number, y: number) => x === y || (Number.isNaN(x) && Number.isNaN(y));
  const at = b.findIndex((v, i) => !same(a[i], v) && !(Math.abs(a[i] - v) <= limit(v)));
  return at < 0 ? undefined : `${a[at]} instead of ${b[at]} at ${at}`;
}
