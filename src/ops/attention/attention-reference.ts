import { type Tensor, zeros } from "../../ir/tensor.js";
import { exp } from "../../math/exp.js";
import { tanh } from "../../math/tanh.js";
import type { Reference } from "../op.js";
import {
  type AttentionAttributes,
  type AttentionShape,
  attentionScale,
  attentionShape,
  type HeadStrides,
  maskLayout,
} from "./attention.js";

const f = Math.fround;

/** [batch, heads, rows, size] of one contiguous tensor, from its strides; rows follow those of the past. */
function withPast(
  x: Tensor,
  strides: HeadStrides,
  past: Tensor | undefined,
  [batch, heads, total, size]: readonly [number, number, number, number],
): Tensor {
  const y = zeros("float32", [batch, heads, total, size]);
  const before = past?.shape[2] ?? 0;
  for (let b = 0, at = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let row = 0; row < total; row++)
        for (let d = 0; d < size; d++, at++)
          y.data[at] =
            row < before
              ? past!.data[((b * heads + h) * before + row) * size + d]
              : x.data[b * strides.batch + h * strides.head + (row - before) * strides.row + d];
  return y;
}

/** Whether query i of a batch may see key j, and what the mask adds. */
function maskOf(
  inputs: readonly (Tensor | undefined)[],
  attrs: AttentionAttributes,
  shape: AttentionShape,
): (b: number, h: number, i: number, j: number, score: number) => number {
  const [, , , mask, past, , lengths] = inputs;
  const layout = mask && maskLayout(mask, shape);
  const { left_window_size: left, right_window_size: right } = attrs;
  return (b, h, i, j, score) => {
    const length = lengths ? Math.min(Math.max(Number(lengths.data[b]), 0), shape.total) : shape.total;
    const position = i + (past ? shape.past : lengths ? length - shape.queries : 0);
    const hidden =
      j >= length ||
      (attrs.is_causal && j > position) ||
      (left >= 0 && j < position - left) ||
      (right >= 0 && j > position + right);
    if (hidden || (layout && j >= layout.length)) return -Infinity;
    if (!mask || !layout) return score;
    const value = mask.data[b * layout.batch + h * layout.head + i * layout.row + j];
    if (mask.dtype === "bool") return value ? score : -Infinity;
    return f(score + Number(value));
  };
}

/**
 * Float32, each operation rounded, sums from 0 and from left to right: `fround(sum(q * k) * scale)`, then
 * softcap `fround(tanh(fround(s / cap)) * cap)`, the mask, softmax as `fround(exp(s - max) * fround(1 / sum))`
 * and `sum(p * v)`. Where every score of a query is -infinity, its weights are 0.
 */
export const attention: Reference<AttentionAttributes> = (inputs, attrs, outputs) => {
  const [q, k, v, , pastKey, pastValue] = inputs;
  const shape = attentionShape(inputs, attrs);
  const { batch, heads, kvHeads, queries, total, headSize, valueSize, strides } = shape;
  const key = withPast(k!, strides.k, pastKey, [batch, kvHeads, total, headSize]);
  const value = withPast(v!, strides.v, pastValue, [batch, kvHeads, total, valueSize]);
  const qk = zeros("float32", [batch, heads, queries, total]);
  const threeD = q!.shape.length === 3;
  const y = zeros(
    "float32",
    threeD ? [batch, queries, heads * valueSize] : [batch, heads, queries, valueSize],
  );
  const scale = attentionScale(attrs, headSize);
  const masked = maskOf(inputs, attrs, shape);
  const at = (of: HeadStrides, b: number, h: number, i: number) => b * of.batch + h * of.head + i * of.row;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const kv = b * kvHeads + Math.floor(h / (heads / kvHeads));
      for (let i = 0; i < queries; i++) {
        const scores = Array.from({ length: total }, (_, j) => {
          let sum = 0;
          for (let d = 0; d < headSize; d++) {
            const left = Number(q!.data[at(strides.q, b, h, i) + d]);
            sum = f(sum + f(left * Number(key.data[(kv * total + j) * headSize + d])));
          }
          return f(sum * scale);
        });
        const capped = scores.map((s) =>
          attrs.softcap > 0 ? f(tanh(f(s / attrs.softcap)) * attrs.softcap) : s,
        );
        const biased = capped.map((s, j) => masked(b, h, i, j, s));
        const weights = softmax(biased);
        const kept = [scores, capped, biased, weights][attrs.qk_matmul_output_mode];
        (qk.data as Float32Array).set(kept, ((b * heads + h) * queries + i) * total);
        for (let d = 0; d < valueSize; d++) {
          let sum = 0;
          for (let j = 0; j < total; j++) {
            sum = f(sum + f(weights[j] * Number(value.data[(kv * total + j) * valueSize + d])));
          }
          y.data[at(strides.y, b, h, i) + d] = sum;
        }
      }
    }
  }
  return [y, key, value, qk].slice(0, outputs);
};

function softmax(scores: readonly number[]): number[] {
  const largest = scores.reduce((m, s) => Math.max(m, s), -Infinity);
  if (largest === -Infinity) return scores.map(() => 0);
  const powers = scores.map((s) => exp(f(s - largest)));
  const inverse = f(1 / powers.reduce((sum, p) => f(sum + p), 0));
  return powers.map((p) => f(p * inverse));
}
