import { numel, tensor } from "../../ir/tensor.js";
import { attr, OpError } from "../../ops/op.js";
import { attend, scalar, unsupported, vector } from "./attend.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

/** Slices of the given sizes along an axis. */
function split(
  build: ExpansionBuilder,
  x: string,
  sizes: readonly number[],
  axis: number,
): readonly string[] {
  return build.ops("Split", [x, build.constant(vector(sizes))], sizes.length, { axis });
}

/** x[..., index, ...] of an axis. */
const pick = (build: ExpansionBuilder, x: string, index: number, axis: number): string =>
  build.op("Gather", [x, build.constant(scalar("int64", index))], { axis });

/** 0 stands for a default of 1 / sqrt(head size). */
const scaleOf = (scale: number): number | undefined => (scale === 0 ? undefined : scale);

type SelfAttributes = {
  readonly num_heads: number;
  readonly mask_filter_value: number;
  readonly scale: number;
  readonly unidirectional: boolean;
  readonly do_rotary: number;
  readonly past_present_share_buffer: number;
};

const maskingAttributes = {
  num_heads: attr.int(),
  mask_filter_value: attr.float(-10000),
  scale: attr.float(0),
  unidirectional: attr.bool(false),
};

const multiHeadAttention = defineExpansion({
  name: "com.microsoft.MultiHeadAttention",
  attributes: maskingAttributes,
  inputs: [1, 10],
  outputs: [1, 3],
  expand(build, inputs, attrs) {
    const at = (i: number): string => inputs[i] ?? "";
    if (at(8) || at(9)) {
      unsupported(
        "a cache of fixed length (past_sequence_length, cache_indirection) is not supported",
        "Export with past and present states that are concatenated.",
      );
    }
    const heads = attrs.num_heads;
    const operands = packedOperands(build, [at(0), at(1), at(2)], heads);
    const biased = at(3) ? addBias(build, operands, at(3), build.shape(at(1) || at(0)).length) : operands;
    const [q, k, v] = biased;
    return attend(build, {
      ...{ q, k, v, heads },
      ...{ mask: at(4), bias: at(5), filter: attrs.mask_filter_value },
      ...{ causal: attrs.unidirectional, scale: scaleOf(attrs.scale), pastKey: at(6), pastValue: at(7) },
    });
  },
});

/** Query, key and value as [batch, rows, heads * size]. */
function packedOperands(build: ExpansionBuilder, [q, k, v]: readonly string[], heads: number): string[] {
  const flat = (x: string): string => {
    const [batch, rows, , size] = build.shape(x);
    return build.op("Reshape", [x, build.constant(vector([batch, rows, heads * size]))]);
  };
  if (!k) return [0, 1, 2].map((i) => flat(pick(build, q, i, 3)));
  if (!v) return [q, ...[0, 1].map((i) => flat(pick(build, k, i, 3)))];
  if (build.shape(k).length === 3) return [q, k, v];
  const rowsFirst = (x: string): string => flat(build.op("Transpose", [x], { perm: [0, 2, 1, 3] }));
  return [q, rowsFirst(k), rowsFirst(v)];
}

/** Adds to each operand its part of a bias [query + key + value]. */
function addBias(
  build: ExpansionBuilder,
  operands: readonly string[],
  bias: string,
  keyRank: number,
): string[] {
  if (keyRank === 4) unsupported("a bias with keys of [batch, heads, rows, size] is not supported");
  const sizes = operands.map((x) => build.shape(x)[2]);
  if (numel(build.shape(bias)) !== sizes.reduce((a, b) => a + b, 0)) {
    throw new OpError(`bias [${build.shape(bias)}] does not fit ${sizes.join(" + ")}`);
  }
  return split(build, bias, sizes, 0).map((part, i) => build.op("Add", [operands[i], part]));
}

/** Attention of a product [batch, rows, query + key + value] with itself, as Attention and QAttention have it. */
function selfAttention(
  build: ExpansionBuilder,
  product: string,
  sizes: readonly number[],
  attrs: SelfAttributes,
  { mask, bias, past }: { mask: string; bias: string; past: string },
): readonly string[] {
  const [q, k, v] = split(build, product, sizes, 2);
  const [y, key, value] = attend(build, {
    ...{ q, k, v, heads: attrs.num_heads, mask, bias, filter: attrs.mask_filter_value },
    ...{ causal: attrs.unidirectional, scale: scaleOf(attrs.scale) },
    pastKey: past && pick(build, past, 0, 0),
    pastValue: past && pick(build, past, 1, 0),
  });
  if (!build.node.outputs[1]) return [y];
  const both = [key, value].map((x) => build.op("Unsqueeze", [x, build.constant(vector([0]))]));
  return [y, build.op("Concat", both, { axis: 0 })];
}

const refuseRotary = (rotary: number): void => {
  if (rotary !== 0) {
    unsupported("do_rotary is not supported", "Export with RotaryEmbedding as an operator of its own.");
  }
};

const attention = defineExpansion<
  SelfAttributes & {
    readonly qkv_hidden_sizes: readonly number[] | undefined;
    readonly rotary_embedding_dim: number;
  }
>({
  name: "com.microsoft.Attention",
  attributes: {
    ...maskingAttributes,
    qkv_hidden_sizes: attr.optional(attr.ints()),
    do_rotary: attr.int(0),
    rotary_embedding_dim: attr.int(0),
    past_present_share_buffer: attr.int(0),
  },
  inputs: [2, 7],
  outputs: [1, 2],
  expand(build, [x, weights, bias = "", mask = "", past = "", scores = "", length = ""], attrs) {
    refuseRotary(attrs.do_rotary);
    if (length || attrs.past_present_share_buffer !== 0) {
      unsupported("a past and present that share memory are not supported");
    }
    const product = build.op("MatMul", [x, weights]);
    const sum = bias ? build.op("Add", [product, bias]) : product;
    const third = build.shape(weights)[1] / 3;
    const sizes = attrs.qkv_hidden_sizes?.length ? attrs.qkv_hidden_sizes : [third, third, third];
    return selfAttention(build, sum, sizes, attrs, { mask, bias: scores, past });
  },
});

const quantizedAttention = defineExpansion<SelfAttributes>({
  name: "com.microsoft.QAttention",
  attributes: {
    ...maskingAttributes,
    do_rotary: attr.int(0),
    past_present_share_buffer: attr.int(0),
  },
  inputs: [5, 9],
  outputs: [1, 2],
  expand(build, inputs, attrs) {
    const [x, weights, bias, xScale, wScale, mask = "", xZero = "", wZero = "", past = ""] = inputs;
    refuseRotary(attrs.do_rotary);
    if (attrs.past_present_share_buffer !== 0) {
      unsupported("a past and present that share memory are not supported");
    }
    const product = [x, weights, xScale, wScale, xZero, wZero, bias];
    const third = build.shape(weights)[1] / 3;
    const sum = build.op("com.microsoft.MatMulIntegerToFloat", product);
    return selfAttention(build, sum, [third, third, third], attrs, { mask, bias: "", past });
  },
});

/** Rotation by positions: one for each row, or the first one's, from which the others count on. */
const rotaryEmbedding = defineExpansion({
  name: "com.microsoft.RotaryEmbedding",
  attributes: {
    interleaved: attr.int(0),
    num_heads: attr.int(0),
    rotary_embedding_dim: attr.int(0),
    scale: attr.float(1),
    is_packed_batching: attr.int(0),
  },
  inputs: [4, 4],
  expand(build, [x, positions, cos, sin], attrs) {
    if (attrs.is_packed_batching !== 0) unsupported("packed batches are not supported");
    if (attrs.scale !== 1) unsupported(`a scale of ${attrs.scale} is not supported`);
    const shape = build.shape(x);
    const [batch, rows] = [shape[0], shape[shape.length - 2]];
    const width = 2 * build.shape(cos)[1];
    const heads = attrs.num_heads || (shape.length === 4 ? shape[1] : shape[2] / width);
    let ids = positions;
    if (build.shape(positions).length === 1) {
      const counted = build.constant(
        tensor(
          "int64",
          [1, rows],
          Array.from({ length: rows }, (_, i) => i),
        ),
      );
      const each = build.op("Add", [counted, positions]);
      ids = build.op("Expand", [each, build.constant(vector([batch, rows]))]);
    }
    return [
      build.op("RotaryEmbedding", [x, cos, sin, ids], {
        interleaved: attrs.interleaved,
        num_heads: heads,
        rotary_embedding_dim: attrs.rotary_embedding_dim,
      }),
    ];
  },
});

export const attentionExpansions: readonly Expansion[] = [
  multiHeadAttention,
  attention,
  quantizedAttention,
  rotaryEmbedding,
];
