import type { Kernel } from "../kernel.js";
import { neonShort } from "../matvec.js";
import { shortConvolution } from "./matvec.js";
import { depthwise } from "./neon-depthwise.js";
import { gemm } from "./neon-gemm.js";

export const kernels: Kernel[] = [gemm, depthwise, shortConvolution("neon", neonShort)];
