import type { Kernel, NodeView } from "../kernel.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptSum, sumLoops } from "./sum-loops.js";

/** Two MLA and a saturation for each element, 4 to a loop. */
const dsp: Kernel = {
  name: "qbinary-sum",
  isa: "dsp",
  ops: [qbinaryName],
  accept(view) {
    const sum = sumLoops(view as NodeView<QBinaryAttributes>, 4);
    return "refused" in sum ? sum : acceptSum(sum, "qlinear-binary/dsp", 7);
  },
};

export const kernels: Kernel[] = [dsp];
