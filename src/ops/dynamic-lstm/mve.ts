import type { Kernel } from "../kernel.js";
import { mveShort } from "../matvec.js";
import { dynamicLstmMatvec } from "./matvec.js";

export const kernels: Kernel[] = [dynamicLstmMatvec("mve", mveShort)];
