import type { Kernel, NodeView } from "../kernel.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptSum, sumLoops } from "./sum-loops.js";

/**
 * Two products in each int32 lane, 4 elements at a time, the last ones predicated. Sums are half a step too
 * low, and narrowed with rounding: binutils 2.40 encodes VQSHRN, which does not round, as VQRSHRN.
 */
const mve: Kernel = {
  name: "qbinary-sum-4",
  isa: "mve",
  ops: [qbinaryName],
  accept(view) {
    const sum = sumLoops(view as NodeView<QBinaryAttributes>, 4);
    if ("refused" in sum) return sum;
    const half = 2 ** (sum.shift - 1);
    if (sum.lowest - half < -(2 ** 31)) return { refused: "no room for the rounding constant" };
    return acceptSum({ ...sum, values: { ...sum.values, half } }, "qlinear-binary/mve", 2.2);
  },
};

export const kernels: Kernel[] = [mve];
