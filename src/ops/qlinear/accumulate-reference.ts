import { type Tensor, zeros } from "../../ir/tensor.js";
import { convShape, type OnnxConvAttributes } from "../conv/op.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "../conv-transpose/op.js";
import type { Reference } from "../op.js";
import { references as quantization } from "../quantization/reference.js";
import { convolve, convolveTransposed, multiply, outputScales, requantizeSum } from "./accumulate.js";
import { productShape, type QGemmAttributes, turned } from "./matmul.js";
import { scalarOf } from "./operands.js";

type Inputs = readonly (Tensor | undefined)[];

const channelOf = (values: readonly number[], channel: number): number =>
  values.length === 1 ? values[0] : values[channel];

const qlinearConv: Reference<OnnxConvAttributes> = (inputs, attrs) => {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = inputs;
  const y = zeros(yZero?.dtype ?? "uint8", convShape(x!.shape, w!.shape, attrs));
  const scales = outputScales(xScale!, wScale!, yScale!);
  const zeroPoint = scalarOf(yZero);
  convolve([x!, xZero, w!, wZero], attrs, (sum, i, o) => {
    const total = bias ? (sum + Number(bias.data[o])) | 0 : sum;
    y.data[i] = requantizeSum(total, channelOf(scales, o), zeroPoint, y.dtype);
  });
  return [y];
};

const qlinearConvTranspose: Reference<OnnxConvTransposeAttributes> = (inputs, attrs) => {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = inputs;
  const { outputSpatial } = resolveConvTranspose(attrs, x!.shape, w!.shape);
  const y = zeros(yZero?.dtype ?? "uint8", [x!.shape[0], w!.shape[1] * attrs.group, ...outputSpatial]);
  const scales = outputScales(xScale!, wScale!, yScale!);
  convolveTransposed([x!, xZero, w!, wZero], attrs, (sum, i, o) => {
    const total = bias ? (sum + Number(bias.data[o])) | 0 : sum;
    y.data[i] = requantizeSum(total, channelOf(scales, o), scalarOf(yZero), y.dtype);
  });
  return [y];
};

const convInteger: Reference<OnnxConvAttributes> = ([x, w, xZero, wZero], attrs) => {
  const y = zeros("int32", convShape(x!.shape, w!.shape, attrs));
  convolve([x!, xZero, w!, wZero], attrs, (sum, i) => {
    y.data[i] = sum;
  });
  return [y];
};

const qlinearMatMul: Reference = ([a, aScale, aZero, b, bScale, bZero, yScale, yZero]) => {
  const y = zeros(yZero?.dtype ?? "uint8", productShape(a!.shape, b!.shape).shape);
  const scales = outputScales(aScale!, bScale!, yScale!);
  multiply([a!, aZero, b!, bZero], (sum, i, column) => {
    y.data[i] = requantizeSum(sum, channelOf(scales, column), scalarOf(yZero), y.dtype);
  });
  return [y];
};

const matMulInteger: Reference = ([a, b, aZero, bZero]) => {
  const y = zeros("int32", productShape(a!.shape, b!.shape).shape);
  multiply([a!, aZero, b!, bZero], (sum, i) => {
    y.data[i] = sum;
  });
  return [y];
};

/** `fround(fround(fround(sum) * fround(aScale * bScale)) + bias)` */
const matMulIntegerToFloat: Reference = ([a, b, aScale, bScale, aZero, bZero, bias]) => {
  const y = zeros("float32", productShape(a!.shape, b!.shape).shape);
  const scales = Array.from(bScale!.data as Float32Array, (s) => Math.fround(scalarOf(aScale) * s));
  multiply([a!, aZero, b!, bZero], (sum, i, column) => {
    const scaled = Math.fround(Math.fround(sum) * channelOf(scales, column));
    y.data[i] = bias ? Math.fround(scaled + Number(bias.data[column])) : scaled;
  });
  return [y];
};

const dynamicQuantizeMatMul: Reference = ([a, b, bScale, bZero, bias]) => {
  const [quantized, aScale, aZero] = quantization.DynamicQuantizeLinear([a], {}, 3);
  return matMulIntegerToFloat([quantized, b, aScale, bScale, aZero, bZero, bias], {}, 1);
};

/** The bias is added to the int32 sum; `alpha` scales the whole. Scales: `fround(fround(alpha * a) * b)`, then `/ y`. */
const qgemm: Reference<QGemmAttributes> = (inputs, attrs) => {
  const [, aScale, aZero, , bScale, bZero, bias, yScale, yZero] = inputs;
  const [a, b] = [turn(inputs, 0, attrs.transA), turn(inputs, 3, attrs.transB)];
  const { shape, n } = productShape(a.shape, b.shape);
  const y = zeros(yScale ? (yZero?.dtype ?? a.dtype) : "float32", shape);
  const scaleA = Math.fround(attrs.alpha * scalarOf(aScale));
  const scales = Array.from(bScale!.data as Float32Array, (s) => {
    const scale = Math.fround(scaleA * s);
    return yScale ? Math.fround(scale / scalarOf(yScale)) : scale;
  });
  multiply([a, aZero, b, bZero], (sum, i, column) => {
    const total = (sum + biasAt(bias, Math.floor(i / n), column)) | 0;
    const scale = channelOf(scales, column);
    y.data[i] = yScale
      ? requantizeSum(total, scale, scalarOf(yZero), y.dtype)
      : Math.fround(Math.fround(total) * scale);
  });
  return [y];
};

/** The matrix at `at`, transposed if asked for. */
function turn(inputs: Inputs, at: number, transposed: boolean): Tensor {
  const source = inputs[at]!;
  if (!transposed) return source;
  const result = zeros(source.dtype, turned(source.shape, true));
  const [rows, columns] = source.shape;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result.data[c * rows + r] = source.data[r * columns + c];
  }
  return result;
}

/** An element of a bias that broadcasts to [M, N]. */
function biasAt(bias: Tensor | undefined, row: number, column: number): number {
  if (!bias) return 0;
  const [rows, columns] = [1, 1, ...bias.shape].slice(-2);
  return Number(bias.data[(rows === 1 ? 0 : row * columns) + (columns === 1 ? 0 : column)]);
}

export const accumulateReferences = {
  QLinearConv: qlinearConv,
  "vcgen.QLinearConvTranspose": qlinearConvTranspose,
  ConvInteger: convInteger,
  QLinearMatMul: qlinearMatMul,
  MatMulInteger: matMulInteger,
  "com.microsoft.MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantizeMatMul,
  "com.microsoft.QGemm": qgemm,
};
