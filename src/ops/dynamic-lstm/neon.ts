import type { Kernel } from "../kernel.js";
import { neonShort } from "../matvec.js";
import { dynamicLstmMatvec } from "./matvec.js";

export const kernels: Kernel[] = [dynamicLstmMatvec("neon", neonShort)];
