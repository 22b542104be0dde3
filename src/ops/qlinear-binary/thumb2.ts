import type { Kernel } from "../kernel.js";
import { saturating } from "./dsp.js";

export const kernels: Kernel[] = [saturating("thumb2")];
