import type { Kernel } from "../kernel.js";
import { neonFloat, vmlaFloat } from "../matvec.js";
import { recurrentMatvec } from "./matvec.js";

/** Vector floats flush denormals on AArch32: the scalar FPU there. */
export const kernels: Kernel[] = [
  recurrentMatvec("neon", ({ features }) => (features.vectorFloatIsIeee ? neonFloat : vmlaFloat)),
];
