import type { IsaName } from "../../target/target.js";
import type { Kernel, NodeView } from "../kernel.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";
import { acceptRuns, runsOf } from "./runs.js";

/** Multiplications and a saturation for each element, 4 to a loop. Thumb-2 saturates as the DSP extension does. */
export const saturating = (isa: IsaName): Kernel => ({
  name: "qbinary-saturating",
  isa,
  ops: [qbinaryName],
  accept(view, target) {
    const runs = runsOf(view as NodeView<QBinaryAttributes>, target, 4);
    if ("refused" in runs) return runs;
    return acceptRuns(runs, "qlinear-binary/dsp", runs.form.kind === "sum" ? 7.3 : 9.5);
  },
});

export const kernels: Kernel[] = [saturating("dsp")];
