import type { Kernel } from "../kernel.js";
import { attentionKernel } from "./attention-scalar.js";
import { causalConvKernel } from "./causal-conv-scalar.js";
import { linearAttentionKernel } from "./linear-scalar.js";
import { rotaryKernel } from "./rotary-scalar.js";

export const kernels: Kernel[] = [attentionKernel, linearAttentionKernel, rotaryKernel, causalConvKernel];
