import { dtypeInfo } from "./dtype.js";
import { stridesOf, type Tensor } from "./tensor.js";

/** A constant with its axes permuted: result axis i is the tensor's axis perm[i]. */
export function permuteTensor(tensor: Tensor, perm: readonly number[]): Tensor {
  const shape = perm.map((axis) => tensor.shape[axis]);
  const own = stridesOf(tensor.shape);
  const strides = perm.map((axis) => own[axis]);
  const data = new dtypeInfo[tensor.dtype].array(tensor.data.length);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = tensor.data[from];
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return { dtype: tensor.dtype, shape, data };
}

/** The permutation that undoes `perm`. */
export function invertPermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}
