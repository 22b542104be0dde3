import type { Tensor } from "../../ir/tensor.js";
import { OpError, type ValueInfo } from "../op.js";

/** An operand that is known to be constant, as a tensor. */
export function constantOf(info: ValueInfo): Tensor {
  if (!info.data) throw new OpError("operand is not constant");
  return { dtype: info.dtype, shape: info.shape, data: info.data };
}
