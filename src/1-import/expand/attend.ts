import { type Tensor, tensor } from "../../ir/tensor.js";
import { OpError } from "../../ops/op.js";
import type { ExpansionBuilder } from "./expansion.js";

export const unsupported = (message: string, hint?: string): never => {
  throw new OpError(message, hint, "unsupported");
};

export const scalar = (dtype: "float32" | "int64" | "int32", value: number): Tensor =>
  tensor(dtype, [], [value]);
export const vector = (values: readonly number[]): Tensor => tensor("int64", [values.length], values);

/** How the softmax is masked: what ONNX Runtime's attention operators have in common. */
interface Masking {
  /** Adds this to the scores of keys that a mask hides. */
  readonly filter: number;
  /** int32: [batch] numbers of keys, or 1 where a key counts in [batch, keys] or [batch, queries, keys]. */
  readonly mask: string;
  /** float32, broadcasts to [batch, heads, queries, keys]. */
  readonly bias: string;
}

/** Both masks as one operand that is added to the scores; "" without any. */
function additiveMask(build: ExpansionBuilder, { filter, mask, bias }: Masking, total: number): string {
  if (!mask) return bias;
  const shape = build.shape(mask);
  const zero = build.constant(scalar("float32", 0));
  const low = build.constant(scalar("float32", filter));
  let seen: string;
  if (shape.length === 1) {
    const positions = Array.from({ length: total }, (_, i) => i);
    const keys = build.constant(tensor("int32", [1, total], positions));
    const column = build.op("Reshape", [mask, build.constant(vector([-1, 1]))]);
    seen = build.op("Less", [keys, build.op("Cast", [column], { to: 6 })]);
  } else {
    seen = build.op("Greater", [build.op("Cast", [mask], { to: 6 }), build.constant(scalar("int32", 0))]);
  }
  const rows = shape.length === 3 ? [shape[0], 1, shape[1], shape[2]] : [shape[0], 1, 1, total];
  const wide = build.op("Reshape", [seen, build.constant(vector(rows))]);
  const added = build.op("Where", [wide, zero, low]);
  return bias ? build.op("Add", [added, bias]) : added;
}

function checkMask(build: ExpansionBuilder, mask: string, batch: number): void {
  if (!mask) return;
  const shape = build.shape(mask);
  const fits = shape.length === 1 ? shape[0] === batch : shape.length === 2 || shape.length === 3;
  if (fits) return;
  unsupported(
    `a mask of shape [${shape}] is not supported`,
    "Use the numbers of keys [batch], or a mask [batch, keys] or [batch, queries, keys].",
  );
}

interface Heads extends Masking {
  /** [batch, rows, heads * size] */
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly heads: number;
  readonly causal: boolean;
  readonly scale: number | undefined;
  /** [batch, heads, past, size] */
  readonly pastKey: string;
  readonly pastValue: string;
}

/** Attention of heads, masked: y [batch, queries, heads * size], and the keys and values with the past's, [batch, heads, keys, size]. */
export function attend(build: ExpansionBuilder, p: Heads): readonly string[] {
  const past = p.pastKey ? build.shape(p.pastKey)[2] : 0;
  checkMask(build, p.mask, build.shape(p.q)[0]);
  const [rows, total] = [build.shape(p.q)[1], past + build.shape(p.k)[1]];
  // Queries that are no continuation of the keys: ONNX Runtime lets the last one see all of them.
  const cross = p.causal && total > past + rows;
  const mask = cross
    ? additiveMask(build, { ...p, bias: addLater(build, p.bias, past, rows, total) }, total)
    : additiveMask(build, p, total);
  return build.ops("Attention", [p.q, p.k, p.v, mask, p.pastKey, p.pastValue], 3, {
    q_num_heads: p.heads,
    kv_num_heads: p.heads,
    is_causal: Number(p.causal && !cross),
    ...(p.scale === undefined ? {} : { scale: p.scale }),
  });
}

/** A bias that also hides from every query but the last the keys behind its own position. */
function addLater(build: ExpansionBuilder, bias: string, past: number, rows: number, total: number): string {
  const hidden = (i: number): boolean => {
    const row = Math.floor(i / total);
    return row < rows - 1 && i % total > past + row;
  };
  const values = Array.from({ length: rows * total }, (_, i) => (hidden(i) ? -Infinity : 0));
  const later = build.constant(tensor("float32", [rows, total], values));
  return bias ? build.op("Add", [later, bias]) : later;
}
