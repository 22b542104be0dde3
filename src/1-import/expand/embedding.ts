import { numel, type Tensor, tensor, zeros } from "../../ir/tensor.js";
import { attr, OpError, type ValueInfo } from "../../ops/op.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

/** Words, positions and segments looked up, added up and normalized over the last axis. */
const embedLayer = defineExpansion({
  name: "com.microsoft.EmbedLayerNormalization",
  attributes: { epsilon: attr.float(1e-12), mask_index_type: attr.int(0) },
  inputs: [7, 9],
  outputs: [1, 3],
  expand(build, inputs, { epsilon, mask_index_type }) {
    const [ids, segments, words, places, kinds, gamma, beta, mask = "", positions = ""] = inputs;
    const [batch, rows] = build.shape(ids);
    const counted = tensor(
      "int64",
      [1, rows],
      Array.from({ length: rows }, (_, i) => i),
    );
    const word = build.op("Gather", [words, ids]);
    const place = build.op("Gather", [places, positions || build.constant(counted)]);
    let sum = build.op("Add", [word, place]);
    if (segments) sum = build.op("Add", [sum, build.op("Gather", [kinds, segments])]);
    const y = build.op("LayerNormalization", [sum, gamma, beta], { axis: -1, epsilon });
    return [y, build.node.outputs[1] ? maskIndex(build, mask, batch, mask_index_type) : "", sum];
  },
});

/** How many words of each row the mask keeps; 0 without a mask. */
function maskIndex(build: ExpansionBuilder, mask: string, batch: number, type: number): string {
  if (!mask || type === 0) {
    return mask
      ? build.op("ReduceSum", [mask, build.constant(tensor("int64", [1], [1]))], { keepdims: 0 })
      : build.constant(zeros("int32", [batch]));
  }
  throw new OpError(`mask_index_type ${type} is not supported`, undefined, "unsupported");
}

type NBits = {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly block_size: number;
  readonly accuracy_level: number;
  readonly weight_prepacked: number;
};

/** A product with constant weights [K, N] of 2, 4 or 8 bits that have a scale for each block of a column. */
const matMulNBits = defineExpansion<NBits>({
  name: "com.microsoft.MatMulNBits",
  attributes: {
    K: attr.int(),
    N: attr.int(),
    bits: attr.int(4),
    block_size: attr.int(),
    accuracy_level: attr.int(0),
    weight_prepacked: attr.int(0),
  },
  inputs: [3, 6],
  expand(build, [a, weights, scales, zeroPoints = "", order = "", bias = ""], attrs) {
    if (order || attrs.weight_prepacked !== 0 || ![2, 4, 8].includes(attrs.bits)) {
      const what = order
        ? "g_idx"
        : attrs.weight_prepacked !== 0
          ? "prepacked weights"
          : `${attrs.bits} bits`;
      throw new OpError(
        `${what} not supported`,
        "Quantize the weights in blocks of 2, 4 or 8 bits.",
        "unsupported",
      );
    }
    const known = (name: string, what: string): Tensor => {
      const { dtype, shape, data } = build.info(name);
      if (data) return { dtype, shape, data };
      throw new OpError(
        `the ${what} are computed at run time; they must be constant`,
        undefined,
        "unsupported",
      );
    };
    const zero = zeroPoints ? known(zeroPoints, "zero points") : undefined;
    const b = blockwise(known(weights, "weights"), known(scales, "scales"), zero, attrs);
    const y = build.op("MatMul", [a, build.constant(b)]);
    return [bias ? build.op("Add", [y, bias]) : y];
  },
});

/**
 * Weights float32 [K, N]: `fround((q - zero point) * scale)`. Each of the N columns has its blocks one after
 * the other, low bits first; zero points are packed the same way, from a new byte for each column.
 */
function blockwise(
  weights: ValueInfo,
  scales: ValueInfo,
  zero: ValueInfo | undefined,
  { K, N, bits, block_size: size }: NBits,
): Tensor {
  const blocks = Math.ceil(K / size);
  const perByte = 8 / bits;
  const zeroBytes = Math.ceil(blocks / perByte);
  const expected = [(N * blocks * size) / perByte, N * blocks];
  if (numel(weights.shape) !== expected[0] || numel(scales.shape) !== expected[1]) {
    throw new OpError(
      `weights [${weights.shape}] and scales [${scales.shape}] do not fit K ${K}, N ${N} and blocks of ${size}`,
    );
  }
  const field = (data: ArrayLike<number | bigint>, row: number, i: number): number =>
    (Number(data[row + Math.floor(i / perByte)]) >> ((i % perByte) * bits)) & (2 ** bits - 1);
  const zeroAt = (n: number, block: number): number => {
    if (!zero?.data) return 2 ** (bits - 1);
    if (zero.dtype === "float32") return Number(zero.data[n * blocks + block]);
    return field(zero.data, n * zeroBytes, block);
  };
  const b = zeros("float32", [K, N]);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++) {
      const block = Math.floor(k / size);
      const q = field(weights.data!, ((n * blocks + block) * size) / perByte, k % size);
      b.data[k * N + n] = Math.fround((q - zeroAt(n, block)) * Number(scales.data![n * blocks + block]));
    }
  return b;
}

export const embeddingExpansions: readonly Expansion[] = [embedLayer, matMulNBits];
