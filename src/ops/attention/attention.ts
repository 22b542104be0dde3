import { newestOpset } from "../elementwise/define.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { requireFloats, requireShape } from "./floats.js";

export type AttentionAttributes = {
  readonly is_causal: boolean;
  /** Heads of 3D operands. */
  readonly q_num_heads: number | undefined;
  readonly kv_num_heads: number | undefined;
  /** Keys a query sees before and after its own position; -1: all. */
  readonly left_window_size: number;
  readonly right_window_size: number;
  /** What the fourth output holds: 0 scaled products, 1 after softcap, 2 after the mask, 3 after softmax. */
  readonly qk_matmul_output_mode: number;
  /** Default: 1 / sqrt(head size). */
  readonly scale: number | undefined;
  /** 0: none. */
  readonly softcap: number;
  /** The softmax is computed in float32 whatever precision is asked for. */
  readonly softmax_precision: number | undefined;
};

/** Strides of a tensor of [batch, heads, rows, size], whose last is 1. */
export interface HeadStrides {
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  /** Keys of K and V, without the past's. */
  readonly keys: number;
  readonly past: number;
  readonly total: number;
  readonly headSize: number;
  readonly valueSize: number;
  readonly strides: Readonly<Record<"q" | "k" | "v" | "y", HeadStrides>>;
}

interface Heads {
  readonly sizes: readonly [batch: number, heads: number, rows: number, size: number];
  readonly strides: HeadStrides;
}

/** [batch, heads, rows, size], or [batch, rows, heads * size]. */
function headsOf(info: ValueInfo, heads: number | undefined, name: string): Heads {
  if (info.shape.length === 4) {
    const [batch, count, rows, size] = info.shape;
    return {
      sizes: [batch, count, rows, size],
      strides: { batch: count * rows * size, head: rows * size, row: size },
    };
  }
  const [batch, rows, width] = info.shape;
  if (info.shape.length !== 3 || !heads || heads < 0 || width % heads !== 0) {
    throw new OpError(
      `${name} is [${info.shape}] with ${heads ?? "no number of"} heads; expected [batch, heads, rows, size], or [batch, rows, heads * size] with q_num_heads and kv_num_heads`,
    );
  }
  const size = width / heads;
  return { sizes: [batch, heads, rows, size], strides: { batch: rows * width, head: size, row: width } };
}

/** Sizes of an Attention; throws where the operands do not fit each other. */
export function attentionShape(
  inputs: readonly (ValueInfo | undefined)[],
  attrs: AttentionAttributes,
): AttentionShape {
  const q = headsOf(operand(inputs, 0, "Q"), attrs.q_num_heads, "Q");
  const k = headsOf(operand(inputs, 1, "K"), attrs.kv_num_heads, "K");
  const v = headsOf(operand(inputs, 2, "V"), attrs.kv_num_heads, "V");
  const [batch, heads, queries, headSize] = q.sizes;
  const [, kvHeads, keys] = k.sizes;
  const valueSize = v.sizes[3];
  const fits =
    inputs[0]!.shape.length === inputs[1]!.shape.length &&
    `${k.sizes}` === `${[batch, kvHeads, keys, headSize]}` &&
    `${v.sizes}` === `${[batch, kvHeads, keys, valueSize]}` &&
    heads % kvHeads === 0;
  if (!fits) {
    throw new OpError(
      `Q [${inputs[0]!.shape}], K [${inputs[1]!.shape}] and V [${inputs[2]!.shape}] do not fit each other as [batch, heads, rows, size]: ${[q, k, v].map(({ sizes }) => `[${sizes}]`).join(", ")}`,
    );
  }
  const past = inputs[4]?.shape[2] ?? 0;
  const width = heads * valueSize;
  const y =
    inputs[0]!.shape.length === 4
      ? { batch: queries * width, head: queries * valueSize, row: valueSize }
      : { batch: queries * width, head: valueSize, row: width };
  return {
    batch,
    heads,
    kvHeads,
    queries,
    keys,
    past,
    total: past + keys,
    headSize,
    valueSize,
    strides: { q: q.strides, k: k.strides, v: v.strides, y },
  };
}

/** Strides of the mask over batch, heads and queries, and how many keys it covers; the others are masked. */
export function maskLayout(
  mask: ValueInfo,
  { batch, heads, queries, total }: AttentionShape,
): HeadStrides & { readonly length: number } {
  const shape = [1, 1, 1, 1, ...mask.shape].slice(-4);
  const length = shape[3];
  const fits = [batch, heads, queries].every((size, axis) => shape[axis] === 1 || shape[axis] === size);
  if (mask.shape.length < 1 || mask.shape.length > 4 || !fits || length > total) {
    throw new OpError(
      `attn_mask [${mask.shape}] does not broadcast to [${batch},${heads},${queries},${total}] (batch, heads, queries, keys)`,
    );
  }
  return {
    batch: shape[0] === 1 ? 0 : shape[1] * shape[2] * length,
    head: shape[1] === 1 ? 0 : shape[2] * length,
    row: shape[2] === 1 ? 0 : length,
    length,
  };
}

/** The scale of the products Q K'. */
export const attentionScale = ({ scale }: AttentionAttributes, headSize: number): number =>
  scale ?? Math.fround(1 / Math.fround(Math.sqrt(headSize)));

const inputNames = ["Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen"];

/**
 * ONNX Attention, opsets 23 to 28, float32: softmax(scale * Q K' + mask) V for each head. Q, K, V are
 * [batch, heads, rows, size] or [batch, rows, heads * size]; K and V may have fewer heads, each for several of Q.
 * Masks and lengths may be computed at run time. A query that sees no key gives 0.
 */
export const attention = defineOp<AttentionAttributes>({
  name: "Attention",
  opsets: [23, newestOpset],
  attributes: {
    is_causal: attr.bool(false),
    q_num_heads: attr.optional(attr.int()),
    kv_num_heads: attr.optional(attr.int()),
    left_window_size: attr.int(-1),
    right_window_size: attr.int(-1),
    qk_matmul_output_mode: attr.int(0),
    scale: attr.optional(attr.float()),
    softcap: attr.float(0),
    softmax_precision: attr.optional(attr.int()),
  },
  inputs: [3, 7],
  outputs: [1, 4],
  infer(inputs, attrs, outputs) {
    requireFloats(inputs, inputNames, [0, 1, 2, 4, 5]);
    const shape = attentionShape(inputs, attrs);
    const { batch, heads, kvHeads, queries, past, total, headSize, valueSize } = shape;
    const [, , , mask, pastKey, pastValue, lengths] = inputs;
    if (!pastKey !== !pastValue) throw new OpError("past_key and past_value come together");
    requireShape(pastKey, "past_key", [batch, kvHeads, past, headSize]);
    requireShape(pastValue, "past_value", [batch, kvHeads, past, valueSize]);
    requireShape(lengths, "nonpad_kv_seqlen", [batch]);
    if (lengths && lengths.dtype !== "int64") {
      throw new OpError(`nonpad_kv_seqlen is ${lengths.dtype}; expected int64`);
    }
    if (mask) {
      if (mask.dtype !== "bool" && mask.dtype !== "float32") {
        throw new OpError(
          `attn_mask is ${mask.dtype}; expected bool or float32`,
          "Cast the mask to one of these.",
          "unsupported",
        );
      }
      maskLayout(mask, shape);
    }
    const { qk_matmul_output_mode: mode, left_window_size: left, right_window_size: right } = attrs;
    if (![0, 1, 2, 3].includes(mode)) {
      throw new OpError(`attribute "qk_matmul_output_mode" is ${mode}; expected 0 to 3`);
    }
    if (left < -1 || right < -1) {
      throw new OpError(`window sizes ${left} and ${right}; expected -1 or more`);
    }
    const rows = inputs[0]!.shape;
    const y = rows.length === 4 ? [batch, heads, queries, valueSize] : [batch, queries, heads * valueSize];
    return [
      y,
      [batch, kvHeads, total, headSize],
      [batch, kvHeads, total, valueSize],
      [batch, heads, queries, total],
    ]
      .slice(0, outputs)
      .map((of) => outputInfo("float32", of));
  },
});
