import { dtypeInfo } from "../../ir/dtype.js";
import type { Kernel, NodeView } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptRuns, runsOf } from "./runs.js";

/** Products in int32 lanes, 16 elements at a time; what is left of a run goes one by one. */
const neon: Kernel = {
  name: "qbinary-16",
  isa: "neon",
  ops: [qbinaryName],
  accept(view, target) {
    const runs = runsOf(view as NodeView<QBinaryAttributes>, target, 16);
    if ("refused" in runs) return runs;
    const { form } = runs;
    if (form.kind === "sum") return acceptRuns(runs, "qlinear-binary/neon", 3);
    // Each operand takes its share of the shift while it has 16 bits: 8 and a sign, and at most 7 more.
    const [upA, upB] = [Math.ceil(form.up / 2), Math.floor(form.up / 2)];
    const { min, max } = dtypeInfo.int16;
    const fits = (x: ValueInfo, zero: number, up: number) =>
      [dtypeInfo[x.dtype].min, dtypeInfo[x.dtype].max].every((end) => {
        const shifted = (end - zero) * 2 ** up;
        return shifted >= min && shifted <= max;
      });
    if (!fits(view.inputs[0]!, form.zeroA, upA) || !fits(view.inputs[1]!, form.zeroB, upB)) {
      return { refused: "operands do not fit 16 bits" };
    }
    // VQDMULH doubles the product.
    const values = { ...runs.values, upA, upB, halfMultiplier: form.multiplier / 2 };
    return acceptRuns({ ...runs, values }, "qlinear-binary/neon", 3);
  },
};

export const kernels: Kernel[] = [neon];
