import { type DType, dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { normalizeAxis, OpError, type ValueInfo } from "../op.js";

/** Where the scale and zero point of an element stand: its index in them, from its place in the tensor. */
export interface ParameterLayout {
  /** Elements before the quantized axis, on it, and after it. */
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
  /** Neighbours on the axis that share parameters; the axis length for per-tensor parameters. */
  readonly block: number;
  /** Parameters of neighbouring `inner` elements differ (blocked quantization). */
  readonly blocked: boolean;
}

/**
 * How QuantizeLinear and DequantizeLinear (opset 21) read their parameters: one for the tensor (a scalar
 * or one element), one for each index of `axis`, or one for each block of `blockSize` along it.
 */
export function parameterLayout(x: Shape, scale: Shape, axis: number, blockSize: number): ParameterLayout {
  const size = (shape: Shape) => shape.reduce((n, d) => n * d, 1);
  if (blockSize === 0 && scale.length <= 1 && size(scale) === 1) {
    return { outer: 1, axis: 1, inner: size(x), block: 1, blocked: false };
  }
  const at = normalizeAxis(axis, x.length);
  const layout = { outer: size(x.slice(0, at)), axis: x[at], inner: size(x.slice(at + 1)) };
  if (blockSize === 0) {
    if (scale.length !== 1 || scale[0] !== x[at]) {
      throw new OpError(`scale [${scale}] does not fit axis ${at} of [${x}]`);
    }
    return { ...layout, block: 1, blocked: false };
  }
  const expected = x.map((d, i) => (i === at ? Math.ceil(d / blockSize) : d));
  if (String(scale) !== String(expected)) {
    throw new OpError(
      `scale is [${scale}]; blocks of ${blockSize} on axis ${at} of [${x}] need [${expected}]`,
    );
  }
  return { ...layout, block: blockSize, blocked: true };
}

/** Calls `visit(element, parameter)` with the index of every element and that of its parameters. */
export function forEachParameter(
  layout: ParameterLayout,
  visit: (element: number, parameter: number) => void,
): void {
  const { outer, axis, inner, block, blocked } = layout;
  const blocks = Math.ceil(axis / block);
  let element = 0;
  for (let o = 0; o < outer; o++) {
    for (let a = 0; a < axis; a++) {
      for (let i = 0; i < inner; i++) {
        visit(element++, blocked ? (o * blocks + Math.floor(a / block)) * inner + i : a);
      }
    }
  }
}

/** Refuses a scale that is missing or not float32. The importer refuses values that are not positive and finite. */
export function checkScale(scale: ValueInfo | undefined, name: string): ValueInfo {
  if (!scale) throw new OpError(`${name} is missing`);
  if (scale.dtype !== "float32") {
    throw new OpError(
      `${name} is ${scale.dtype}; only float32 scales are supported`,
      undefined,
      "unsupported",
    );
  }
  return scale;
}

/** Refuses a zero point of another type than `dtype` or another shape than its scale; absent ones are 0. */
export function checkZeroPoint(
  zeroPoint: ValueInfo | undefined,
  name: string,
  dtype: DType,
  scale: ValueInfo,
): void {
  if (!zeroPoint) return;
  if (zeroPoint.dtype !== dtype) throw new OpError(`${name} is ${zeroPoint.dtype}; expected ${dtype}`);
  const count = (shape: Shape) => shape.reduce((n, d) => n * d, 1);
  if (count(zeroPoint.shape) !== count(scale.shape)) {
    throw new OpError(`${name} is [${zeroPoint.shape}]; its scale is [${scale.shape}]`);
  }
}

/** Refuses parameters with more than one element, for operators that quantize by tensor. */
export function checkPerTensor(value: ValueInfo | undefined, name: string): void {
  if (value && value.shape.reduce((n, d) => n * d, 1) !== 1) {
    throw new OpError(`${name} is [${value.shape}]; expected one element`);
  }
}

/** The bounds of a quantized type; throws for any other type. */
export function quantRange(dtype: DType): { readonly min: number; readonly max: number } {
  if (!isQuantDType(dtype)) {
    throw new OpError(`${dtype} is no quantized type that is supported`, undefined, "unsupported");
  }
  return dtypeInfo[dtype];
}
