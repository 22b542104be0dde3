import { type DType, dtypeInfo } from "../../ir/dtype.js";
import type { Kernel, NodeView } from "../kernel.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptRuns, type Runs, runsOf } from "./runs.js";

/**
 * Products in int32 lanes, 4 elements at a time, the last ones predicated. Sums are half a step too low, and
 * narrowed with rounding: binutils 2.40 encodes VQSHRN, which does not round, as VQRSHRN.
 */
const mve: Kernel = {
  name: "qbinary-4",
  isa: "mve",
  ops: [qbinaryName],
  accept(view, target) {
    const runs = runsOf(view as NodeView<QBinaryAttributes>, target, 4);
    if ("refused" in runs) return runs;
    const lower = loweredAddend(runs, view as NodeView<QBinaryAttributes>);
    if (lower === undefined) return { refused: "no room for the rounding constant" };
    const values = { ...runs.values, ...lower };
    return acceptRuns({ ...runs, values }, "qlinear-binary/mve", runs.form.kind === "sum" ? 2.2 : 2.9);
  },
};

/** What makes sums half a step lower: a number to subtract, or another addend. */
function loweredAddend({ form }: Runs, { inputs }: NodeView): Readonly<Record<string, number>> | undefined {
  if (form.kind === "product") return { addend: form.roundedAddend };
  const half = 2 ** (form.shift - 1);
  const [a, b] = inputs.map((x) => x!.dtype);
  const lowest = form.addend + least(a, form.slopeA) + least(b, form.slopeB);
  return lowest - half < -(2 ** 31) ? undefined : { half };
}

const least = (dtype: DType, slope: number): number =>
  Math.min(dtypeInfo[dtype].min * slope, dtypeInfo[dtype].max * slope);

export const kernels: Kernel[] = [mve];
