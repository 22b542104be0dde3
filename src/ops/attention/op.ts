import type { OpDefinition } from "../op.js";
import { attention } from "./attention.js";
import { causalConv } from "./causal-conv.js";
import { linearAttention } from "./linear.js";
import { rotaryEmbedding } from "./rotary.js";

export const ops = [
  attention,
  linearAttention,
  rotaryEmbedding,
  causalConv,
] as readonly unknown[] as readonly OpDefinition[];
