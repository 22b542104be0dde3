import type { Kernel } from "../kernel.js";
import { gemm } from "./mve-gemm.js";

export const kernels: Kernel[] = [gemm];
