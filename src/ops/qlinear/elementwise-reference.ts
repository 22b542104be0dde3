import { dtypeInfo } from "../../ir/dtype.js";
import { broadcastShapes, broadcastStrides, type Shape, type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import { dequantizeValue, quantizeValue } from "../quantization/reference.js";
import { roundHalfEven } from "../requantize.js";
import type { UnsignedAttributes } from "./elementwise.js";
import { fma32 } from "./fma.js";
import { logistic } from "./logistic.js";
import { scalarOf } from "./operands.js";

/** Calls `visit` for every element of the broadcast result with its position and those in the operands. */
function broadcast(shapes: readonly Shape[], visit: (i: number, positions: readonly number[]) => void): void {
  const shape = broadcastShapes(...shapes)!;
  const strides = shapes.map((s) => broadcastStrides(s, shape));
  eachIndex(shape, (index, i) => {
    visit(
      i,
      strides.map((own) => own.reduce((sum, stride, axis) => sum + stride * index[axis], 0)),
    );
  });
}

/** What ONNX Runtime computes on as uint8 is 128 more than the int8 it stands for. */
const offsetOf = (attrs: UnsignedAttributes, x: Tensor): number =>
  attrs.unsigned && x.dtype === "int8" ? 128 : 0;

const saturate = (value: number, dtype: "int8" | "uint8"): number =>
  Math.min(Math.max(roundHalfEven(value), dtypeInfo[dtype].min), dtypeInfo[dtype].max);

/**
 * QLinearAdd as ONNX Runtime's AVX2 kernel has it: with rA = fround(aScale / yScale), rB likewise and
 * `fixed = fround(yZero - fma(rA, aZero, fround(rB * bZero)))`, y = rne(fma(a, rA, fma(b, rB, fixed))).
 * Where broadcasting makes one operand a single value for a whole inner run, that operand takes b's
 * place, in `fixed` too.
 */
const qlinearAdd: Reference<UnsignedAttributes> = (inputs, attrs) => {
  const swapped = innerScalar(inputs[0]!.shape, inputs[3]!.shape) === "first";
  const [a, aScale, aZero] = swapped ? inputs.slice(3, 6) : inputs;
  const [b, bScale, bZero] = swapped ? inputs : inputs.slice(3, 6);
  const offset = offsetOf(attrs, a!);
  const y = zeros(a!.dtype, broadcastShapes(a!.shape, b!.shape)!);
  const dtype = offset ? "uint8" : (a!.dtype as "int8" | "uint8");
  const yScale = scalarOf(inputs[6]);
  const [ratioA, ratioB] = [aScale, bScale].map((s) => Math.fround(scalarOf(s) / yScale));
  const zeroB = Math.fround(ratioB * (scalarOf(bZero) + offset));
  const zeros_ = fma32(ratioA, scalarOf(aZero) + offset, zeroB);
  const fixed = Math.fround(scalarOf(inputs[7]) + offset - zeros_);
  broadcast([a!.shape, b!.shape], (i, [at, bt]) => {
    const inner = fma32(Number(b!.data[bt]) + offset, ratioB, fixed);
    y.data[i] = saturate(fma32(Number(a!.data[at]) + offset, ratioA, inner), dtype) - offset;
  });
  return [y];
};

/**
 * Which operand is constant along the innermost run of the broadcast, if one is: the innermost dimension
 * where either is more than 1 decides. Two single values count as the first.
 */
export function innerScalar(a: Shape, b: Shape): "first" | "second" | undefined {
  const shared = Math.min(a.length, b.length);
  if (shared === 0) return a.length === 0 ? "first" : "second";
  let back = 1;
  while (back < shared && a[a.length - back] <= 1 && b[b.length - back] <= 1) back++;
  if (a[a.length - back] <= 1) return "first";
  return b[b.length - back] <= 1 ? "second" : undefined;
}

/** `y = rne(fround(fround(fround(ab) * ratio) + yZero))`, ratio = fround(fround(aScale * bScale) / yScale). */
const qlinearMul: Reference<UnsignedAttributes> = (inputs, attrs) => {
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = inputs;
  const offset = offsetOf(attrs, a!);
  const y = zeros(a!.dtype, broadcastShapes(a!.shape, b!.shape)!);
  const dtype = offset ? "uint8" : (a!.dtype as "int8" | "uint8");
  const ratio = Math.fround(Math.fround(scalarOf(aScale) * scalarOf(bScale)) / scalarOf(yScale));
  const zero = scalarOf(yZero) + offset;
  broadcast([a!.shape, b!.shape], (i, [at, bt]) => {
    const product = (Number(a!.data[at]) - scalarOf(aZero)) * (Number(b!.data[bt]) - scalarOf(bZero));
    y.data[i] = saturate(Math.fround(Math.fround(product * ratio) + zero), dtype) - offset;
  });
  return [y];
};

/** A function of one quantized value: dequantize, compute in float32, quantize. */
function table<A extends object>(
  of: (x: number, attrs: A) => number,
): Reference<A & Record<string, unknown>> {
  return ([x, xScale, xZero, yScale, yZero], attrs) => {
    const y = zeros(x!.dtype, x!.shape);
    (x!.data as Int8Array).forEach((value, i) => {
      const real = of(dequantizeValue(value, scalarOf(xScale), scalarOf(xZero)), attrs);
      y.data[i] = quantizeValue(real, scalarOf(yScale), scalarOf(yZero), y.dtype);
    });
    return [y];
  };
}

const requantizeValue = (
  x: number,
  [scale, zero, yScale, yZero]: (Tensor | undefined)[],
  like: Tensor,
): number =>
  quantizeValue(
    dequantizeValue(x, scalarOf(scale), scalarOf(zero)),
    scalarOf(yScale),
    scalarOf(yZero),
    like.dtype,
  );

/** Copies each input into its place, requantized to the output's parameters. */
const qlinearConcat: Reference<{ axis: number }> = (inputs, attrs) => {
  const [yScale, yZero, first] = inputs;
  const axis = normalizeAxis(attrs.axis, first!.shape.length);
  const parts = inputs.slice(2).flatMap((x, i) => (i % 3 === 0 ? [[x!, ...inputs.slice(i + 3, i + 5)]] : []));
  const lengths = parts.map(([x]) => x!.shape[axis]);
  const total = lengths.reduce((sum, n) => sum + n, 0);
  const y = zeros(
    first!.dtype,
    first!.shape.map((d, i) => (i === axis ? total : d)),
  );
  const inner = first!.shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  let start = 0;
  parts.forEach(([x, scale, zero], part) => {
    const run = lengths[part] * inner;
    (x!.data as Int8Array).forEach((value, i) => {
      const at = Math.floor(i / run) * total * inner + start * inner + (i % run);
      y.data[at] = requantizeValue(value, [scale, zero, yScale, yZero], y);
    });
    start += lengths[part];
  });
  return [y];
};

const qlinearWhere: Reference = ([condition, x, xScale, xZero, y, yScale, yZero, zScale, zZero]) => {
  const z = zeros(x!.dtype, broadcastShapes(condition!.shape, x!.shape, y!.shape)!);
  broadcast([condition!.shape, x!.shape, y!.shape], (i, [ct, xt, yt]) => {
    z.data[i] = condition!.data[ct]
      ? requantizeValue(Number(x!.data[xt]), [xScale, xZero, zScale, zZero], z)
      : requantizeValue(Number(y!.data[yt]), [yScale, yZero, zScale, zZero], z);
  });
  return [z];
};

export const elementwiseReferences = {
  "com.microsoft.QLinearAdd": qlinearAdd,
  "com.microsoft.QLinearMul": qlinearMul,
  "com.microsoft.QLinearSigmoid": table(logistic),
  "com.microsoft.QLinearLeakyRelu": table<{ alpha: number }>((x, { alpha }) =>
    x >= 0 ? x : Math.fround(alpha * x),
  ),
  "com.microsoft.QLinearConcat": qlinearConcat,
  "com.microsoft.QLinearWhere": qlinearWhere,
};
