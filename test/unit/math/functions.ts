import { acos } from "../../../src/math/acos.js";
import { acosh } from "../../../src/math/acosh.js";
import { asin } from "../../../src/math/asin.js";
import { asinh } from "../../../src/math/asinh.js";
import { atan } from "../../../src/math/atan.js";
import { atanh } from "../../../src/math/atanh.js";
import { cos } from "../../../src/math/cos.js";
import { cosh } from "../../../src/math/cosh.js";
import { erf } from "../../../src/math/erf.js";
import { exp } from "../../../src/math/exp.js";
import { log } from "../../../src/math/log.js";
import { log1p } from "../../../src/math/log1p.js";
import { round } from "../../../src/math/round.js";
import { sigmoid } from "../../../src/math/sigmoid.js";
import { sin } from "../../../src/math/sin.js";
import { sinh } from "../../../src/math/sinh.js";
import { sqrt } from "../../../src/math/sqrt.js";
import { tan } from "../../../src/math/tan.js";
import { tanh } from "../../../src/math/tanh.js";

export interface FloatFunction {
  readonly name: string;
  readonly compute: (x: number) => number;
  /** The same function in double precision. */
  readonly exact: (x: number) => number;
  /** Largest error in units in the last place, as measured over all 2^32 inputs. */
  readonly ulp: number;
}

/** Error function by its Taylor series (|x| < 3) or the continued fraction of erfc (beyond). */
function exactErf(x: number): number {
  const a = Math.abs(x);
  if (a === 0) return x;
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 40; n >= 1; n--) fraction = n / 2 / (a + fraction);
  const erfc = Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
  return Number.isNaN(x) ? NaN : Math.sign(x) * (1 - erfc);
}

const roundHalfEven = (x: number): number => {
  const below = Math.floor(x);
  const up = x - below > 0.5 || (x - below === 0.5 && below % 2 !== 0);
  return Math.abs(x) < 2 ** 52 ? (up ? below + 1 : below) : x;
};

export const floatFunctions: readonly FloatFunction[] = [
  { name: "exp", compute: exp, exact: Math.exp, ulp: 0.99 },
  { name: "log", compute: log, exact: Math.log, ulp: 0.83 },
  { name: "log1p", compute: log1p, exact: Math.log1p, ulp: 0.84 },
  { name: "sigmoid", compute: sigmoid, exact: (x) => 1 / (1 + Math.exp(-x)), ulp: 2.41 },
  { name: "tanh", compute: tanh, exact: Math.tanh, ulp: 1.34 },
  { name: "erf", compute: erf, exact: exactErf, ulp: 1.31 },
  { name: "sin", compute: sin, exact: Math.sin, ulp: 1.58 },
  { name: "cos", compute: cos, exact: Math.cos, ulp: 1.56 },
  { name: "tan", compute: tan, exact: Math.tan, ulp: 2.54 },
  { name: "asin", compute: asin, exact: Math.asin, ulp: 2.03 },
  { name: "acos", compute: acos, exact: Math.acos, ulp: 1.05 },
  { name: "atan", compute: atan, exact: Math.atan, ulp: 1.93 },
  { name: "sinh", compute: sinh, exact: Math.sinh, ulp: 1.62 },
  { name: "cosh", compute: cosh, exact: Math.cosh, ulp: 1.44 },
  { name: "asinh", compute: asinh, exact: Math.asinh, ulp: 1.78 },
  { name: "acosh", compute: acosh, exact: Math.acosh, ulp: 2.42 },
  { name: "atanh", compute: atanh, exact: Math.atanh, ulp: 1.33 },
  { name: "sqrt", compute: sqrt, exact: Math.sqrt, ulp: 0.5 },
  { name: "round", compute: round, exact: roundHalfEven, ulp: 0 },
  { name: "trunc", compute: Math.trunc, exact: Math.trunc, ulp: 0 },
  { name: "floor", compute: Math.floor, exact: Math.floor, ulp: 0 },
  { name: "ceil", compute: Math.ceil, exact: Math.ceil, ulp: 0 },
];

/** Every `stride`-th float32 pattern, and the values where functions change course. */
export function sampleFloats(stride: number): Float32Array {
  const patterns: number[] = [];
  for (let bits = 0; bits < 2 ** 32; bits += stride) patterns.push(bits);
  const floats = Array.from(new Float32Array(Uint32Array.from(patterns).buffer));
  const edges = [
    0,
    1,
    2,
    0.5,
    0.625,
    0.9375,
    Math.PI / 4,
    Math.SQRT1_2,
    4,
    9,
    88.72284,
    104,
    2 ** 23,
    2 ** 24,
  ];
  edges.push(
    1.17549435e-38,
    1e-45,
    3.4028234663852886e38,
    Infinity,
    2.5,
    3.5,
    4096,
    Math.SQRT2 - 1,
    0.29289323,
  );
  for (const edge of edges) {
    for (const value of [edge, edge * (1 + 2 ** -23), edge * (1 - 2 ** -23)]) floats.push(value, -value);
  }
  return Float32Array.from([...floats, NaN]);
}

/** Bit patterns, with every NaN as 0x7fc00000. */
export function canonicalBits(data: Float32Array): Uint32Array {
  const bits = new Uint32Array(data.slice().buffer);
  return bits.map((b) => ((b & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : b));
}

/** Distance of a float32 from an exact value in units in the last place of the exact value. */
export function ulpError(y: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Number.isNaN(exact) || Number.isNaN(y)) return Number.isNaN(exact) && Number.isNaN(y) ? 0 : Infinity;
  if (rounded === y) return rounded === exact ? 0 : 0.5;
  if (!Number.isFinite(exact) || !Number.isFinite(y)) {
    const limit = 2 ** 128 * Math.sign(exact);
    return Math.abs((Number.isFinite(y) ? y : limit) - exact) / 2 ** 104;
  }
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))) - 23, -149);
  return Math.abs(y - exact) / 2 ** exponent;
}
