import type { Kernel } from "../kernel.js";
import { neonShort } from "../matvec.js";
import { floatConvolution, neonTile, vmlaTile } from "./float-tile.js";
import { shortConvolution } from "./matvec.js";
import { depthwise } from "./neon-depthwise.js";
import { gemm } from "./neon-gemm.js";
import { nibbleGemm, sharedGemm } from "./neon-shared.js";

export const kernels: Kernel[] = [
  gemm,
  sharedGemm,
  nibbleGemm,
  depthwise,
  shortConvolution("neon", neonShort),
  floatConvolution("neon", ({ features }) => (features.vectorFloatIsIeee ? neonTile : vmlaTile)),
];
