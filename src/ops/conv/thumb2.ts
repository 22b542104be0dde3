import type { Kernel } from "../kernel.js";
import { depthwise } from "./thumb2-depthwise.js";
import { gemm } from "./thumb2-gemm.js";

export const kernels: Kernel[] = [gemm, depthwise];
