import type { Kernel } from "../kernel.js";
import { dspShort } from "../matvec.js";
import { dynamicLstmMatvec } from "./matvec.js";

export const kernels: Kernel[] = [dynamicLstmMatvec("dsp", dspShort)];
