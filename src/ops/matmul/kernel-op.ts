import { isQuantDType } from "../../ir/dtype.js";
import { broadcastShapes, type Shape } from "../../ir/tensor.js";
import { checkZeroPoints } from "../conv/kernel-op.js";
import { attr, defineOp, OpError } from "../op.js";
import { type AccumulatorOutput, checkOutput, outputAttribute, outputDType } from "../requantize.js";

/**
 * Attributes of `vcgen.MatMul`: a [...batch, M, K] times b [...batch, K, N], or b [...batch, N, K] with
 * `transB`; batch dimensions broadcast; output [...batch, M, N]. Either operand may be computed at run
 * time. `acc = sum((a - aZeroPoint) * (b - bZeroPoint))` over k in order, in int32 that wraps; in
 * float32 from 0, each product and each sum rounded. Requantization scales: one, or one for each of N.
 */
export type MatMulAttributes = {
  readonly transB: boolean;
  /** 0 for float32. */
  readonly aZeroPoint: number;
  readonly bZeroPoint: number;
  readonly output: AccumulatorOutput;
};

export const matmulName = "vcgen.MatMul";

export const kernelMatMul = defineOp<MatMulAttributes>({
  name: matmulName,
  attributes: {
    transB: (value) => value === true || value === 1,
    aZeroPoint: attr.int(0),
    bZeroPoint: attr.int(0),
    output: outputAttribute,
  },
  inputs: [2, 2],
  infer([a, b], attrs) {
    if (!a || !b) throw new OpError(`${matmulName} needs a and b`);
    const { batch, m, n } = matmulShape(a.shape, b.shape, attrs.transB);
    const float = a.dtype === "float32";
    if (float ? b.dtype !== "float32" : !isQuantDType(a.dtype) || !isQuantDType(b.dtype)) {
      throw new OpError(`${matmulName} cannot multiply ${a.dtype} by ${b.dtype}`);
    }
    checkZeroPoints(a, [attrs.aZeroPoint], 1);
    checkZeroPoints(b, [attrs.bZeroPoint], 1);
    checkOutput(attrs.output, float, n);
    return [{ dtype: outputDType(attrs.output), shape: [...batch, m, n] }];
  },
});

/** Batch dimensions, rows, columns and depth of a product of matrices of these shapes (rank 2 or more). */
export function matmulShape(
  a: Shape,
  b: Shape,
  transB: boolean,
): { batch: number[]; m: number; n: number; k: number } {
  const [m, k] = a.slice(-2);
  const [kb, n] = transB ? b.slice(-2).reverse() : b.slice(-2);
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  if (a.length < 2 || b.length < 2 || k !== kb || !batch) {
    throw new OpError(`cannot multiply [${a}] by [${b}]${transB ? " transposed" : ""}`);
  }
  return { batch, m, n, k };
}
