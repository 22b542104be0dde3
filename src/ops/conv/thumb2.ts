import type { Kernel } from "../kernel.js";
import { depthwise } from "./thumb2-depthwise.js";
import { gemm } from "./thumb2-gemm.js";
import { matvec } from "./thumb2-matvec.js";

export const kernels: Kernel[] = [gemm, depthwise, matvec];
