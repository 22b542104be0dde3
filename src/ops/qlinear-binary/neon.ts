import type { Kernel, NodeView } from "../kernel.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptSum, sumLoops } from "./sum-loops.js";

/** Two products in each int32 lane, 16 elements at a time; what is left of a run goes one by one. */
const neon: Kernel = {
  name: "qbinary-sum-16",
  isa: "neon",
  ops: [qbinaryName],
  accept(view) {
    const sum = sumLoops(view as NodeView<QBinaryAttributes>, 16);
    return "refused" in sum ? sum : acceptSum(sum, "qlinear-binary/neon", 2.5);
  },
};

export const kernels: Kernel[] = [neon];
