import { type DType, isQuantDType } from "../../ir/dtype.js";
import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand } from "../operands.js";
import { checkScale, checkZeroPoint, parameterLayout, quantRange } from "./parameters.js";

/** Attributes of QuantizeLinear and DequantizeLinear. */
export type QuantizeAttributes = {
  /** Of per-axis and blocked parameters; may be negative. */
  readonly axis: number;
  /** 0: per tensor or per axis. */
  readonly block_size: number;
  /** The output type; undefined where the zero point or the default decides. */
  readonly output_dtype: DType | undefined;
};

/** TensorProto.DataType of the types these operators give. */
const outputTypes: ReadonlyMap<number, DType> = new Map<number, DType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [21, "uint4"],
  [22, "int4"],
]);

const quantizeAttributes = {
  axis: attr.int(1),
  block_size: attr.int(0),
  output_dtype: (value: unknown, name: string): DType | undefined => {
    if (value === undefined || value === 0) return undefined;
    const dtype = outputTypes.get(value as number);
    if (!dtype) throw new OpError(`attribute "${name}" is ${String(value)}`, undefined, "unsupported");
    return dtype;
  },
};

/** The type QuantizeLinear gives: its zero point's, else what `output_dtype` says, else uint8. */
export const quantizedType = (zeroPoint: { dtype: DType } | undefined, attrs: QuantizeAttributes): DType =>
  zeroPoint?.dtype ?? attrs.output_dtype ?? "uint8";

/**
 * QuantizeLinear, opsets 10 to 28, and of com.microsoft: x float32, scale, optional zero point -> int4
 * to uint16.
 * `saturate` concerns float8 only; `precision` may ask for no other type than float32.
 */
const quantizeLinear = defineOp<QuantizeAttributes & { saturate: number; precision: number }>({
  name: "QuantizeLinear",
  opsets: [10, 28],
  attributes: {
    ...quantizeAttributes,
    saturate: attr.int(1),
    precision: (value) => {
      if (value === undefined || value === 0 || value === 1) return 0;
      throw new OpError('attribute "precision" is not float32', undefined, "unsupported");
    },
  },
  inputs: [2, 3],
  infer(inputs, attrs) {
    const x = operand(inputs, 0, "x");
    if (x.dtype !== "float32") {
      throw new OpError(
        `QuantizeLinear of ${x.dtype} is not supported; x must be float32`,
        undefined,
        "unsupported",
      );
    }
    const scale = checkScale(inputs[1], "y_scale");
    const dtype = quantizedType(inputs[2], attrs);
    quantRange(dtype);
    checkZeroPoint(inputs[2], "y_zero_point", dtype, scale);
    parameterLayout(x.shape, scale.shape, attrs.axis, attrs.block_size);
    return [{ dtype, shape: x.shape }];
  },
});

/** DequantizeLinear, opsets 10 to 28, and of com.microsoft: x int4 to int32, scale, optional zero point -> float32. */
const dequantizeLinear = defineOp<QuantizeAttributes>({
  name: "DequantizeLinear",
  opsets: [10, 28],
  attributes: quantizeAttributes,
  inputs: [2, 3],
  infer(inputs, attrs) {
    const x = operand(inputs, 0, "x");
    if (!isQuantDType(x.dtype) && x.dtype !== "int32") {
      throw new OpError(`DequantizeLinear of ${x.dtype} is not supported`, undefined, "unsupported");
    }
    const scale = checkScale(inputs[1], "x_scale");
    checkZeroPoint(inputs[2], "x_zero_point", x.dtype, scale);
    parameterLayout(x.shape, scale.shape, attrs.axis, attrs.block_size);
    return [{ dtype: "float32", shape: x.shape }];
  },
});

/** DynamicQuantizeLinear, opset 11: x float32 -> y uint8, y_scale float32 [], y_zero_point uint8 []. */
const dynamicQuantizeLinear = defineOp({
  name: "DynamicQuantizeLinear",
  opsets: [11, 28],
  attributes: {},
  inputs: [1, 1],
  outputs: [1, 3],
  infer(inputs) {
    const x = operand(inputs, 0, "x");
    if (x.dtype !== "float32") throw new OpError(`x is ${x.dtype}; expected float32`);
    return [
      { dtype: "uint8", shape: x.shape },
      { dtype: "float32", shape: [] },
      { dtype: "uint8", shape: [] },
    ];
  },
});

export const ops = [
  quantizeLinear,
  dequantizeLinear,
  dynamicQuantizeLinear,
] as readonly unknown[] as readonly OpDefinition[];
