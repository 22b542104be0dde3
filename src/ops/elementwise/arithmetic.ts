import { type DType, dtypeInfo } from "../../ir/dtype.js";

/** A value of any element type: BigInt for the 64-bit integers, else a number. */
export type Scalar = number | bigint;

/**
 * The arithmetic of one element type. Floats round once after each operation; integers wrap as in two's
 * complement. Dividing an integer by zero gives 0, which ONNX leaves undefined.
 */
export interface Arithmetic<T extends Scalar = Scalar> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  /** Integers: towards zero. */
  div(a: T, b: T): T;
  /** Remainder with the sign of the divisor. */
  mod(a: T, b: T): T;
  /** Remainder with the sign of the dividend, as C's `fmod` and `%`. */
  rem(a: T, b: T): T;
  neg(a: T): T;
  abs(a: T): T;
  /** -1, 0 or 1; a float zero or NaN is itself. */
  sign(a: T): T;
  /** NaN where either is NaN; of equal values the second. */
  max(a: T, b: T): T;
  min(a: T, b: T): T;
}

function floatArithmetic(round: (x: number) => number): Arithmetic<number> {
  return {
    add: (a, b) => round(a + b),
    sub: (a, b) => round(a - b),
    mul: (a, b) => round(a * b),
    div: (a, b) => round(a / b),
    mod: (a, b) => {
      const r = round(a % b);
      if (r === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
      return r < 0 === b < 0 ? r : round(r + b);
    },
    rem: (a, b) => round(a % b),
    neg: (a) => -a,
    abs: Math.abs,
    sign: Math.sign,
    max: (a, b) => (a > b || Number.isNaN(a) ? a : b),
    min: (a, b) => (a < b || Number.isNaN(a) ? a : b),
  };
}

function integerArithmetic(dtype: DType): Arithmetic<number> {
  const wrapped = (x: number): number => wrap(dtype, x) as number;
  return {
    add: (a, b) => wrapped(a + b),
    sub: (a, b) => wrapped(a - b),
    mul: (a, b) => wrapped(Math.imul(a, b)),
    div: (a, b) => (b === 0 ? 0 : wrapped(Math.trunc(a / b))),
    mod: (a, b) => {
      const r = b === 0 ? 0 : a % b;
      return r !== 0 && r < 0 !== b < 0 ? r + b : r;
    },
    rem: (a, b) => (b === 0 ? 0 : a % b),
    neg: (a) => wrapped(-a),
    abs: (a) => wrapped(Math.abs(a)),
    sign: Math.sign,
    max: Math.max,
    min: Math.min,
  };
}

function bigArithmetic(dtype: DType): Arithmetic<bigint> {
  const wrapped = (x: bigint): bigint => wrap(dtype, x) as bigint;
  return {
    add: (a, b) => wrapped(a + b),
    sub: (a, b) => wrapped(a - b),
    mul: (a, b) => wrapped(a * b),
    div: (a, b) => (b === 0n ? 0n : wrapped(a / b)),
    mod: (a, b) => {
      const r = b === 0n ? 0n : a % b;
      return r !== 0n && r < 0n !== b < 0n ? r + b : r;
    },
    rem: (a, b) => (b === 0n ? 0n : a % b),
    neg: (a) => wrapped(-a),
    abs: (a) => wrapped(a < 0n ? -a : a),
    sign: (a) => (a > 0n ? 1n : a < 0n ? -1n : 0n),
    max: (a, b) => [a, b][Number(a < b)],
    min: (a, b) => [a, b][Number(b < a)],
  };
}

/** The arithmetic of an element type. */
export function arithmeticOf(dtype: DType): Arithmetic {
  if (dtype === "float32") return floatArithmetic(Math.fround) as unknown as Arithmetic;
  if (dtype === "float64") return floatArithmetic((x) => x) as unknown as Arithmetic;
  if (dtype === "int64" || dtype === "uint64") return bigArithmetic(dtype) as unknown as Arithmetic;
  return integerArithmetic(dtype) as unknown as Arithmetic;
}

/** An integer reduced to a type modulo 2^bits; to `bool`, whether it is not 0. */
export function wrap(dtype: DType, x: Scalar): Scalar {
  if (dtype === "int64") return BigInt.asIntN(64, BigInt(x));
  if (dtype === "uint64") return BigInt.asUintN(64, BigInt(x));
  if (dtype === "bool") return x === 0 || x === 0n ? 0 : 1;
  const bits = dtype === "int4" || dtype === "uint4" ? 4 : 8 * dtypeInfo[dtype].bytes;
  const big = typeof x === "bigint" ? x : undefined;
  const low = big === undefined ? Number(x) % 2 ** bits : Number(BigInt.asUintN(bits, big));
  const positive = low < 0 ? low + 2 ** bits : low + 0;
  return dtypeInfo[dtype].kind === "int" && positive >= 2 ** (bits - 1) ? positive - 2 ** bits : positive;
}
