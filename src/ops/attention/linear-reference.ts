import { zeros } from "../../ir/tensor.js";
import { exp } from "../../math/exp.js";
import type { Reference } from "../op.js";
import { type LinearAttentionAttributes, linearAttentionShape } from "./linear.js";

const f = Math.fround;

/**
 * At each step, in float32 and each operation rounded: S[i][j] *= exp(decay[i]); u[j] = v[j], or with a delta
 * rule beta * (v[j] - sum(S[i][j] * k[i])); S[i][j] += k[i] * u[j]; y[j] = sum(q[i] * S[i][j]) * scale.
 * Sums run from 0 over i in order.
 */
export const linearAttention: Reference<LinearAttentionAttributes> = (inputs, attrs, outputs) => {
  const shape = linearAttentionShape(inputs, attrs);
  const { batch, time, heads, kvHeads, keySize, valueSize } = shape;
  const [q, k, v, past, decay, beta] = inputs.map((t) => t?.data as Float32Array);
  const y = zeros("float32", [batch, time, heads * valueSize]);
  const present = zeros("float32", [batch, kvHeads, keySize, valueSize]);
  const s = present.data as Float32Array;
  if (past) s.set(past);
  const sum = (term: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < keySize; i++) total = f(total + f(term(i)));
    return total;
  };
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < time; t++) {
      for (let h = 0; h < kvHeads; h++) {
        const at = (b * time + t) * kvHeads + h;
        const state = (i: number, j: number) => ((b * kvHeads + h) * keySize + i) * valueSize + j;
        for (let i = 0; decay && i < keySize; i++) {
          const factor = exp(decay[shape.decayPerKey ? at * keySize + i : at]);
          for (let j = 0; j < valueSize; j++) s[state(i, j)] = f(s[state(i, j)] * factor);
        }
        for (let j = 0; j < valueSize; j++) {
          let update = v[at * valueSize + j];
          if (beta) {
            const found = sum((i) => s[state(i, j)] * k[at * keySize + i]);
            update = f(beta[shape.betaPerHead ? at : b * time + t] * f(update - found));
          }
          for (let i = 0; i < keySize; i++) {
            s[state(i, j)] = f(s[state(i, j)] + f(k[at * keySize + i] * update));
          }
        }
        const group = heads / kvHeads;
        for (let head = h * group; head < (h + 1) * group; head++) {
          const from = (b * time + t) * heads + head;
          for (let j = 0; j < valueSize; j++) {
            const read = sum((i) => q[from * keySize + i] * s[state(i, j)]);
            y.data[from * valueSize + j] = f(read * shape.scale);
          }
        }
      }
    }
  }
  return [y, present].slice(0, outputs);
};
