import type { DType } from "../../ir/dtype.js";
import { broadcastShapes, broadcastStrides, sameShape, type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex, elements } from "../indexing.js";
import type { Scalar } from "./arithmetic.js";

/** y[i] = f(x0[i], x1[i], ...), the operands broadcast to a common shape. */
export function applyElementwise(
  dtype: DType,
  operands: readonly Tensor[],
  f: (...values: Scalar[]) => Scalar,
): Tensor {
  const shape = broadcastShapes(...operands.map((x) => x.shape))!;
  const y = zeros(dtype, shape);
  const [from, to] = [operands.map(elements), elements(y)];
  const whole = operands.map((x) => sameShape(x.shape, shape));
  if (operands.every((x, k) => whole[k] || x.data.length === 1)) {
    const [a, b] = from;
    const at = (k: number, i: number) => from[k][whole[k] ? i : 0];
    for (let i = 0; i < to.length; i++) {
      if (from.length === 1) to[i] = f(a[i]);
      else if (from.length === 2) to[i] = f(a[whole[0] ? i : 0], b[whole[1] ? i : 0]);
      else to[i] = f(...from.map((_, k) => at(k, i)));
    }
    return y;
  }
  const strides = operands.map((x) => broadcastStrides(x.shape, shape));
  eachIndex(shape, (index, i) => {
    const at = strides.map((own) => own.reduce((sum, stride, axis) => sum + stride * index[axis], 0));
    to[i] = f(...from.map((x, k) => x[at[k]]));
  });
  return y;
}
