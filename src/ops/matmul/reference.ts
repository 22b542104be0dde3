import { broadcastStrides, type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex } from "../indexing.js";
import type { Reference } from "../op.js";
import { type AccumulatorOutput, outputDType, requantize } from "../requantize.js";
import { type MatMulAttributes, matmulName, matmulShape } from "./kernel-op.js";
import { asMatrices, type GemmAttributes, gemmShape, onnxMatMulShape } from "./op.js";

/** MatMul in float32: each output is the sum, from 0, of fround(a * b) over k in order, every sum rounded. */
const matmul: Reference = ([a, b]) => {
  const [aShape, bShape] = asMatrices(a!.shape, b!.shape);
  const product = multiply({ ...a!, shape: aShape }, { ...b!, shape: bShape }, floatProduct);
  return [{ ...product, shape: onnxMatMulShape(a!.shape, b!.shape) }];
};

/**
 * Gemm in float32: `fround(fround(alpha * sum) + fround(beta * c))`, with the sum as in MatMul. Without C
 * the first term alone.
 */
const gemm: Reference<GemmAttributes> = ([a, b, c], attrs) => {
  const y = zeros("float32", gemmShape(a!.shape, b!.shape, attrs));
  const [ad, bd, cd, yd] = [a!.data, b!.data, c?.data, y.data] as Float32Array[];
  const [m, n] = y.shape;
  const k = a!.shape[attrs.transA ? 0 : 1];
  const cStrides = c && broadcastStrides(c.shape, y.shape);
  eachIndex(y.shape, ([row, column], position) => {
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const left = ad[attrs.transA ? i * m + row : row * k + i];
      const right = bd[attrs.transB ? column * k + i : i * n + column];
      sum = Math.fround(sum + Math.fround(left * right));
    }
    const product = Math.fround(attrs.alpha * sum);
    const added = cStrides && Math.fround(attrs.beta * cd[row * cStrides[0] + column * cStrides[1]]);
    yd[position] = added === undefined ? product : Math.fround(product + added);
  });
  return [y];
};

/** `vcgen.MatMul`; its arithmetic is defined with its attributes. */
const kernelMatMul: Reference<MatMulAttributes> = ([a, b], attrs) => [multiply(a!, b!, attrs)];

const floatProduct: MatMulAttributes = {
  transB: false,
  aZeroPoint: 0,
  bZeroPoint: 0,
  output: { kind: "float32" },
};

function multiply(a: Tensor, b: Tensor, attrs: MatMulAttributes): Tensor {
  const { batch, m, n, k } = matmulShape(a.shape, b.shape, attrs.transB);
  const y = zeros(outputDType(attrs.output), [...batch, m, n]);
  const aStrides = broadcastStrides(a.shape.slice(0, -2), batch);
  const bStrides = broadcastStrides(b.shape.slice(0, -2), batch);
  const offset = (index: readonly number[], strides: readonly number[]) =>
    strides.reduce((sum, stride, axis) => sum + stride * index[axis], 0);
  const [ad, bd] = [a.data, b.data] as Float32Array[];
  eachIndex(y.shape, (index, position) => {
    const [row, column] = index.slice(-2);
    const aRow = (offset(index, aStrides) * m + row) * k;
    const bMatrix = offset(index, bStrides) * n * k;
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const left = ad[aRow + i];
      const right = bd[bMatrix + (attrs.transB ? column * k + i : i * n + column)];
      if (attrs.output.kind === "float32") sum = Math.fround(sum + Math.fround(left * right));
      else sum += (left - attrs.aZeroPoint) * (right - attrs.bZeroPoint);
    }
    y.data[position] = finish(sum, column, attrs.output);
  });
  return y;
}

function finish(sum: number, column: number, output: AccumulatorOutput): number {
  if (output.kind === "float32") return sum;
  return output.kind === "int32" ? sum | 0 : requantize(sum | 0, column, output);
}

export const references = { MatMul: matmul, Gemm: gemm, [matmulName]: kernelMatMul } as Record<
  string,
  unknown
> as Record<string, Reference>;
