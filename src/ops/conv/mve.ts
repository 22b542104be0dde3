import type { Kernel } from "../kernel.js";
import { depthwise } from "./mve-depthwise.js";
import { gemm } from "./mve-gemm.js";

export const kernels: Kernel[] = [gemm, depthwise];
