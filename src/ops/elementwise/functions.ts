import { type DType, dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import { acos } from "../../math/acos.js";
import { acosh } from "../../math/acosh.js";
import { asin } from "../../math/asin.js";
import { asinh } from "../../math/asinh.js";
import { atan } from "../../math/atan.js";
import { atanh } from "../../math/atanh.js";
import { cos } from "../../math/cos.js";
import { cosh } from "../../math/cosh.js";
import { erf } from "../../math/erf.js";
import { exp } from "../../math/exp.js";
import { log } from "../../math/log.js";
import { log1p } from "../../math/log1p.js";
import { pow } from "../../math/pow.js";
import { round } from "../../math/round.js";
import { sigmoid } from "../../math/sigmoid.js";
import { sin } from "../../math/sin.js";
import { sinh } from "../../math/sinh.js";
import { sqrt } from "../../math/sqrt.js";
import { tan } from "../../math/tan.js";
import { tanh } from "../../math/tanh.js";
import { roundHalfEven } from "../requantize.js";
import { type Arithmetic, arithmeticOf, type Scalar, wrap } from "./arithmetic.js";
import { cast } from "./cast.js";

/**
 * A scalar function that a step of `vcgen.Map` computes.
 *
 * - `same`     operands and result have one type, one of `types`
 * - `compare`  operands have one type; the result is bool
 * - `select`   bool, then two operands of the result's type
 * - `convert`  one operand, of any type
 * - `saturate` a float32 and a zero point of the result's type
 */
export interface ScalarFunction {
  readonly signature: "same" | "compare" | "select" | "convert" | "saturate";
  readonly operands: number;
  /** Whether it is there for an element type: that of the first operand, or of the result of `select`. */
  accepts(dtype: DType): boolean;
  /** The function on operands of type `from`, with a result of type `to`. */
  evaluate(from: DType, to: DType): (...operands: Scalar[]) => Scalar;
}

const kind = (dtype: DType) => dtypeInfo[dtype].kind;
const isNarrow = (dtype: DType): boolean => dtype === "int4" || dtype === "uint4";

/** Types with arithmetic; 4-bit integers are for storage only. */
export const isNumeric = (dtype: DType): boolean => kind(dtype) !== "bool" && !isNarrow(dtype);
export const isFloat32 = (dtype: DType): boolean => dtype === "float32";
export const isInteger = (dtype: DType): boolean => isNumeric(dtype) && kind(dtype) !== "float";
export const isFloat = (dtype: DType): boolean => kind(dtype) === "float";
export const isUnsigned = (dtype: DType): boolean => kind(dtype) === "uint" && !isNarrow(dtype);

/** `double` computes it for float64, which only constants may have. */
const float = (f: (x: number) => number, double?: (x: number) => number): ScalarFunction => ({
  signature: "same",
  operands: 1,
  accepts: double ? isFloat : isFloat32,
  evaluate: (dtype) => (dtype === "float64" && double ? double : f) as (x: Scalar) => Scalar,
});

/** Exact in any float type. */
const rounding = (f: (x: number) => number): ScalarFunction => float(f, f);

const arithmetic = (name: keyof Arithmetic, operands: number): ScalarFunction => ({
  signature: "same",
  operands,
  accepts: isNumeric,
  evaluate: (dtype) => arithmeticOf(dtype)[name] as (...x: Scalar[]) => Scalar,
});

const bitwise = (operands: number, f: (a: bigint, b: bigint) => bigint): ScalarFunction => ({
  signature: "same",
  operands,
  accepts: (dtype) => isInteger(dtype) || dtype === "bool",
  evaluate: (dtype) => (a, b) => fitted(dtype, f(BigInt(a), BigInt(b ?? 0))),
});

const fitted = (dtype: DType, x: bigint): Scalar => {
  const value = wrap(dtype, x);
  return dtype === "int64" || dtype === "uint64" ? value : Number(value);
};

/** Shifts by the type's width or more leave 0. */
const shift = (f: (a: bigint, by: bigint) => bigint): ScalarFunction => ({
  ...bitwise(2, () => 0n),
  accepts: isUnsigned,
  evaluate: (dtype) => (a, by) =>
    by >= 8 * dtypeInfo[dtype].bytes ? fitted(dtype, 0n) : fitted(dtype, f(BigInt(a), BigInt(by))),
});

const compare = (f: (a: Scalar, b: Scalar) => boolean): ScalarFunction => ({
  signature: "compare",
  operands: 2,
  accepts: (dtype) => isNumeric(dtype) || dtype === "bool",
  evaluate: () => (a, b) => (f(a, b) ? 1 : 0),
});

/** base^exponent for integers, modulo 2^64; a negative exponent gives 1 / base^-exponent towards zero. */
export function integerPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

/** rne(min(max(x, low - zeroPoint), high - zeroPoint)) + zeroPoint; a NaN counts as the smallest. */
function saturate(to: DType): (x: Scalar, zeroPoint: Scalar) => Scalar {
  const { min, max } = dtypeInfo[to];
  return (x, zeroPoint) => {
    const zero = Number(zeroPoint);
    const value = Number.isNaN(x) ? min - zero : Math.min(Math.max(Number(x), min - zero), max - zero);
    return roundHalfEven(value) + zero;
  };
}

const table = {
  Add: arithmetic("add", 2),
  Sub: arithmetic("sub", 2),
  Mul: arithmetic("mul", 2),
  Div: arithmetic("div", 2),
  /** Remainder with the sign of the divisor. */
  Mod: arithmetic("mod", 2),
  /** Remainder with the sign of the dividend. */
  Rem: arithmetic("rem", 2),
  Max: arithmetic("max", 2),
  Min: arithmetic("min", 2),
  Neg: arithmetic("neg", 1),
  Abs: arithmetic("abs", 1),
  Sign: arithmetic("sign", 1),
  BitAnd: bitwise(2, (a, b) => a & b),
  BitOr: bitwise(2, (a, b) => a | b),
  BitXor: bitwise(2, (a, b) => a ^ b),
  ShiftLeft: shift((a, by) => a << by),
  ShiftRight: shift((a, by) => a >> by),
  IntegerPower: { ...bitwise(2, integerPower), accepts: (dtype) => dtype === "int64" },
  Equal: compare((a, b) => a === b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Where: {
    signature: "select",
    operands: 3,
    accepts: () => true,
    evaluate: () => (condition, a, b) => (condition ? a : b),
  },
  Copy: { signature: "same", operands: 1, accepts: () => true, evaluate: () => (x) => x },
  Cast: {
    signature: "convert",
    operands: 1,
    accepts: () => true,
    evaluate: (from, to) => (x) => cast(x, from, to),
  },
  Saturate: {
    signature: "saturate",
    operands: 2,
    accepts: isFloat32,
    evaluate: (_, to) => saturate(to),
  },
  Floor: rounding(Math.floor),
  Ceil: rounding(Math.ceil),
  Round: rounding(round),
  Sqrt: float(sqrt, Math.sqrt),
  Exp: float(exp, Math.exp),
  Log: float(log, Math.log),
  Log1p: float(log1p, Math.log1p),
  Sin: float(sin, Math.sin),
  Cos: float(cos, Math.cos),
  Tan: float(tan, Math.tan),
  Asin: float(asin, Math.asin),
  Acos: float(acos, Math.acos),
  Atan: float(atan, Math.atan),
  Sinh: float(sinh, Math.sinh),
  Cosh: float(cosh, Math.cosh),
  Asinh: float(asinh, Math.asinh),
  Acosh: float(acosh, Math.acosh),
  Atanh: float(atanh, Math.atanh),
  Erf: float(erf),
  Sigmoid: float(sigmoid),
  Tanh: float(tanh, Math.tanh),
  Pow: {
    signature: "same",
    operands: 2,
    accepts: isFloat,
    evaluate: (dtype) => (dtype === "float64" ? Math.pow : pow) as unknown as (...x: Scalar[]) => Scalar,
  },
} as const satisfies Record<string, ScalarFunction>;

export type FunctionName = keyof typeof table;

/** Every scalar function by name. */
export const scalarFunctions: Readonly<Record<FunctionName, ScalarFunction>> = table;

/** Whether a type may be the result of `Saturate`. */
export const isSaturated = (dtype: DType): boolean => isQuantDType(dtype);
