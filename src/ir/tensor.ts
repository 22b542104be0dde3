import { type DType, dtypeInfo, type TypedArray } from "./dtype.js";

/** A dense row-major tensor. 64-bit integers are BigInt arrays; booleans are 0 or 1 in a Uint8Array. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export type Shape = readonly number[];

/** Number of elements: the product of the dimensions, 1 for a 0-D tensor. */
export const numel = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

export function zeros(dtype: DType, shape: Shape): Tensor {
  return { dtype, shape, data: new dtypeInfo[dtype].array(numel(shape)) };
}

/** A tensor of the given values; numbers become BigInt for the 64-bit types. */
export function tensor(dtype: DType, shape: Shape, values: ArrayLike<number | bigint>): Tensor {
  const result = zeros(dtype, shape);
  const data = result.data as unknown as (number | bigint)[];
  const big = dtype === "int64" || dtype === "uint64";
  for (let i = 0; i < values.length; i++) data[i] = big ? BigInt(values[i]) : Number(values[i]);
  return result;
}

/** The elements as JavaScript numbers; 64-bit values beyond 2^53 lose precision, as array indices may. */
export const toNumbers = (t: Tensor): number[] => Array.from(t.data as ArrayLike<number | bigint>, Number);

/** Multidirectional (NumPy) broadcasting; undefined if the shapes do not fit. ONNX "Broadcasting". */
export function broadcastShapes(...shapes: Shape[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const o = rank - shape.length + i;
      if (shape[i] === 1 || shape[i] === out[o]) continue;
      if (out[o] !== 1) return undefined;
      out[o] = shape[i];
    }
  }
  return out;
}

/** Strides that read `shape` as if it were broadcast to `target`: 0 where a dimension is repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]));
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
