import type { Kernel } from "../kernel.js";
import { vfpFloat } from "../matvec.js";
import { recurrentMatvec } from "./matvec.js";

export const kernels: Kernel[] = [
  recurrentMatvec("dsp", ({ features }) => (features.fpu === "none" ? undefined : vfpFloat)),
];
