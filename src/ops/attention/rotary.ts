import { newestOpset } from "../elementwise/define.js";
import { attr, defineOp, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { requireFloats, requireShape } from "./floats.js";

export type RotaryAttributes = {
  /** Pairs are neighbours (2i, 2i + 1) in place of (i, i + half). */
  readonly interleaved: boolean;
  /** Heads of a 3D X. */
  readonly num_heads: number;
  /** How many elements of a head are rotated; 0: all. */
  readonly rotary_embedding_dim: number;
};

export interface RotaryShape {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly size: number;
  /** Pairs that are rotated; the elements from 2 * pairs on stay as they are. */
  readonly pairs: number;
  readonly strides: { readonly batch: number; readonly head: number; readonly row: number };
}

export function rotaryShape(x: ValueInfo, attrs: RotaryAttributes): RotaryShape {
  const { shape } = x;
  const heads = shape.length === 4 ? shape[1] : attrs.num_heads;
  const rows = shape.length === 4 ? shape[2] : shape[1];
  const size = shape.length === 4 ? shape[3] : shape[2] / heads;
  const rotated = attrs.rotary_embedding_dim || size;
  const fits = (shape.length === 3 || shape.length === 4) && heads > 0 && Number.isInteger(size);
  if (!fits || rotated % 2 !== 0 || rotated < 0 || rotated > size) {
    throw new OpError(
      `X is [${shape}] with ${attrs.num_heads} heads and ${rotated} rotated elements; expected [batch, heads, rows, size], or [batch, rows, num_heads * size], and an even number of at most size`,
    );
  }
  const strides =
    shape.length === 4
      ? { batch: heads * rows * size, head: rows * size, row: size }
      : { batch: heads * rows * size, head: size, row: heads * size };
  return { batch: shape[0], heads, rows, size, pairs: rotated / 2, strides };
}

/**
 * ONNX RotaryEmbedding, opsets 23 to 28, float32. X, cos_cache and sin_cache [positions, pairs] with
 * position_ids int64 [batch, rows] (clamped to the caches' positions), or caches [batch, rows, pairs] without.
 */
export const rotaryEmbedding = defineOp<RotaryAttributes>({
  name: "RotaryEmbedding",
  opsets: [23, newestOpset],
  attributes: {
    interleaved: attr.bool(false),
    num_heads: attr.int(0),
    rotary_embedding_dim: attr.int(0),
  },
  inputs: [3, 4],
  infer(inputs, attrs) {
    requireFloats(inputs, ["X", "cos_cache", "sin_cache"], [0, 1, 2]);
    const x = operand(inputs, 0, "X");
    const { batch, rows, pairs } = rotaryShape(x, attrs);
    const [cos, sin, ids] = [operand(inputs, 1, "cos_cache"), operand(inputs, 2, "sin_cache"), inputs[3]];
    if (ids && ids.dtype !== "int64") throw new OpError(`position_ids is ${ids.dtype}; expected int64`);
    requireShape(ids, "position_ids", [batch, rows]);
    const cache = ids ? [cos.shape[0], pairs] : [batch, rows, pairs];
    requireShape(cos, "cos_cache", cache);
    requireShape(sin, "sin_cache", cache);
    if (ids && cos.shape[0] === 0) throw new OpError("cos_cache has no positions");
    return [outputInfo("float32", x.shape)];
  },
});
