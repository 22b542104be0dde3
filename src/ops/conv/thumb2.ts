import type { Kernel } from "../kernel.js";
import { gemm } from "./thumb2-gemm.js";

export const kernels: Kernel[] = [gemm];
