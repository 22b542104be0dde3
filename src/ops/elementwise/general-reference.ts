import { type DType, isBigInt } from "../../ir/dtype.js";
import { type Tensor, zeros } from "../../ir/tensor.js";
import { pow } from "../../math/pow.js";
import type { Reference } from "../op.js";
import { type Arithmetic, arithmeticOf, type Scalar } from "./arithmetic.js";
import { cast } from "./cast.js";
import { applyElementwise } from "./evaluate.js";
import { integerPower, isFloat, scalarFunctions } from "./functions.js";
import type { BitShiftAttributes, CastAttributes, IsInfAttributes, ModAttributes } from "./general.js";

const castTo = (x: Tensor, to: DType): Tensor[] => [applyElementwise(to, [x], (v) => cast(v, x.dtype, to))];

/** min(max(x, low), high): where low > high, high. */
const clip: Reference = ([x, low, high]) => {
  const { max, min } = arithmeticOf(x!.dtype);
  const value = (bound: Tensor) => bound.data[0] as Scalar;
  return [
    applyElementwise(x!.dtype, [x!], (v) => {
      const raised = low ? max(v, value(low)) : v;
      return high ? min(raised, value(high)) : raised;
    }),
  ];
};

/**
 * x^y in the type of x. Integer powers wrap; an integer to a float power is computed as an integer where
 * the exponent is one, else in float32 and cut off.
 */
function power(x: Scalar, xType: DType, y: Scalar, yType: DType): Scalar {
  if (isFloat(xType)) return scalarFunctions.Pow.evaluate(xType, xType)(x, cast(y, yType, xType));
  if (isFloat(yType) && !(Number.isInteger(y) && Math.abs(y as number) < 2 ** 31)) {
    return cast(pow(cast(x, xType, "float32") as number, Math.fround(y as number)), "float32", xType);
  }
  return cast(integerPower(BigInt(x), BigInt(y)), "int64", xType);
}

const variadic =
  (combine: (arithmetic: Arithmetic) => (a: Scalar, b: Scalar) => Scalar): Reference =>
  (inputs) => {
    const dtype = inputs[0]!.dtype;
    const f = combine(arithmeticOf(dtype));
    return [applyElementwise(dtype, inputs as Tensor[], (...values) => values.reduce((a, b) => f(a, b)))];
  };

/** The sum from left to right, times `fround(1 / number of inputs)`, as ONNX Runtime has it. */
const mean: Reference = (inputs) => {
  const share = Math.fround(1 / inputs.length);
  return [
    applyElementwise("float32", inputs as Tensor[], (...values) =>
      Math.fround((values as number[]).reduce((a, b) => Math.fround(a + b)) * share),
    ),
  ];
};

const dropout: Reference = ([x]) => {
  const mask = zeros("bool", x!.shape);
  mask.data.fill(1 as never);
  return [x!, mask];
};

const bitwiseNot: Reference = ([x]) => {
  const xor = scalarFunctions.BitXor.evaluate(x!.dtype, x!.dtype);
  const ones = isBigInt(x!.dtype) ? -1n : -1;
  return [applyElementwise(x!.dtype, [x!], (v) => xor(v, ones))];
};

/** Operators with operand types or attributes of their own. */
export const generalReferences: Readonly<Record<string, Reference>> = {
  Cast: (([x], { to }) => castTo(x!, to)) as Reference<CastAttributes> as Reference,
  CastLike: ([x, like]) => castTo(x!, like!.dtype),
  Clip: clip,
  Pow: ([x, y]) => [applyElementwise(x!.dtype, [x!, y!], (a, b) => power(a, x!.dtype, b, y!.dtype))],
  Dropout: dropout,
  Not: ([x]) => [applyElementwise("bool", [x!], (v) => 1 - (v as number))],
  BitwiseNot: bitwiseNot,
  Mod: (([x, y], { fmod }) => {
    const { mod, rem } = arithmeticOf(x!.dtype);
    return [applyElementwise(x!.dtype, [x!, y!], fmod ? rem : mod)];
  }) as Reference<ModAttributes> as Reference,
  BitShift: (([x, y], { direction }) => {
    const fn = scalarFunctions[direction === "LEFT" ? "ShiftLeft" : "ShiftRight"];
    return [applyElementwise(x!.dtype, [x!, y!], fn.evaluate(x!.dtype, x!.dtype))];
  }) as Reference<BitShiftAttributes> as Reference,
  IsNaN: ([x]) => [applyElementwise("bool", [x!], (v) => (Number.isNaN(v) ? 1 : 0))],
  IsInf: (([x], attrs) => [
    applyElementwise("bool", [x!], (v) =>
      (v === Infinity && attrs.detect_positive) || (v === -Infinity && attrs.detect_negative) ? 1 : 0,
    ),
  ]) as Reference<IsInfAttributes> as Reference,
  Max: variadic((a) => a.max),
  Min: variadic((a) => a.min),
  Sum: variadic((a) => a.add),
  Mean: mean,
};
