import type { Kernel } from "../kernel.js";
import { gemm } from "./neon-gemm.js";

export const kernels: Kernel[] = [gemm];
