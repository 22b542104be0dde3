import { newestOpset } from "../elementwise/define.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { requireFloats, requireShape } from "./floats.js";

export type LinearAttentionAttributes = {
  readonly update_rule: "linear" | "gated" | "delta" | "gated_delta";
  readonly q_num_heads: number;
  readonly kv_num_heads: number;
  /** 0: 1 / sqrt(key size). */
  readonly scale: number;
  /** How an implementation may cut time into pieces; the result does not depend on it. */
  readonly chunk_size: number;
};

export interface LinearAttentionShape {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Whether each element of a key has a decay of its own, and not only each head. */
  readonly decayPerKey: boolean;
  /** Whether each head has a beta of its own. */
  readonly betaPerHead: boolean;
  readonly scale: number;
}

/** Sizes of a LinearAttention; throws where the operands do not fit. */
export function linearAttentionShape(
  inputs: readonly (ValueInfo | undefined)[],
  attrs: LinearAttentionAttributes,
): LinearAttentionShape {
  const [q, k, v] = ["query", "key", "value"].map((name, i) => operand(inputs, i, name));
  const { q_num_heads: heads, kv_num_heads: kvHeads, update_rule: rule } = attrs;
  if (!(heads > 0 && kvHeads > 0) || heads % kvHeads !== 0) {
    throw new OpError(`q_num_heads ${heads} must be a multiple of kv_num_heads ${kvHeads}`);
  }
  const [batch, time] = q.shape;
  const [keySize, valueSize] = [q.shape[2] / heads, v.shape[2] / kvHeads];
  if (q.shape.length !== 3 || !Number.isInteger(keySize) || !Number.isInteger(valueSize)) {
    throw new OpError(`query [${q.shape}] and value [${v.shape}] must be [batch, time, heads * size]`);
  }
  requireShape(k, "key", [batch, time, kvHeads * keySize]);
  requireShape(v, "value", [batch, time, kvHeads * valueSize]);
  requireShape(inputs[3], "past_state", [batch, kvHeads, keySize, valueSize]);
  const [decay, beta] = [inputs[4], inputs[5]];
  if (Boolean(decay) !== rule.startsWith("gated")) {
    throw new OpError(`update_rule "${rule}" ${decay ? "takes no" : "needs"} decay`);
  }
  if (Boolean(beta) !== rule.endsWith("delta")) {
    throw new OpError(`update_rule "${rule}" ${beta ? "takes no" : "needs"} beta`);
  }
  const decayPerKey = decay !== undefined && decay.shape[2] !== kvHeads;
  requireShape(decay, "decay", [batch, time, decayPerKey ? kvHeads * keySize : kvHeads]);
  const betaPerHead = beta !== undefined && beta.shape[2] !== 1;
  requireShape(beta, "beta", [batch, time, betaPerHead ? kvHeads : 1]);
  const scale = attrs.scale || Math.fround(1 / Math.fround(Math.sqrt(keySize)));
  return { batch, time, heads, kvHeads, keySize, valueSize, decayPerKey, betaPerHead, scale };
}

/**
 * ONNX LinearAttention, opset 27, float32: a state S [key size, value size] for each head of keys, stepped
 * through time. query [batch, time, heads * size], key and value with kv_num_heads, optional past_state
 * [batch, kvHeads, keySize, valueSize], decay (natural logarithm of the factor), beta.
 */
export const linearAttention = defineOp<LinearAttentionAttributes>({
  name: "LinearAttention",
  opsets: [27, newestOpset],
  attributes: {
    update_rule: attr.string("gated_delta", ["linear", "gated", "delta", "gated_delta"]),
    q_num_heads: attr.int(),
    kv_num_heads: attr.int(),
    scale: attr.float(0),
    chunk_size: attr.int(64),
  },
  inputs: [3, 6],
  outputs: [1, 2],
  infer(inputs, attrs, outputs) {
    requireFloats(inputs, ["query", "key", "value", "past_state", "decay", "beta"], [0, 1, 2, 3, 4, 5]);
    const { batch, time, heads, kvHeads, keySize, valueSize } = linearAttentionShape(inputs, attrs);
    return [
      [batch, time, heads * valueSize],
      [batch, kvHeads, keySize, valueSize],
    ]
      .slice(0, outputs)
      .map((shape) => outputInfo("float32", shape));
  },
});
