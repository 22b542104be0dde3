import type { Kernel } from "../kernel.js";
import { mveShort } from "../matvec.js";
import { shortConvolution } from "./matvec.js";
import { depthwise } from "./mve-depthwise.js";
import { gemm } from "./mve-gemm.js";
import { quads } from "./mve-quads.js";
import { nibbleGemm, sharedGemm } from "./mve-shared.js";

export const kernels: Kernel[] = [
  gemm,
  sharedGemm,
  nibbleGemm,
  quads,
  depthwise,
  shortConvolution("mve", mveShort),
];
