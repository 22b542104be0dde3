import type { Reference } from "../op.js";
import { attention } from "./attention-reference.js";
import { causalConv } from "./causal-conv-reference.js";
import { linearAttention } from "./linear-reference.js";
import { rotaryEmbedding } from "./rotary-reference.js";

export const references = {
  Attention: attention,
  LinearAttention: linearAttention,
  RotaryEmbedding: rotaryEmbedding,
  CausalConvWithState: causalConv,
} as unknown as Record<string, Reference>;
