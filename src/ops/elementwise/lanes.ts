import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { literal } from "../literal.js";
import type { FunctionName } from "./functions.js";

/**
 * Steps of a `vcgen.Map` on 4 lanes of 32 bits, with NEON intrinsics of AArch64: float32 in float32x4_t, integers of
 * up to 32 bits extended in int32x4_t, bool as all ones or zeros in uint32x4_t.
 */
export interface LaneStep {
  /** Type of the result, and the expression. */
  readonly type: string;
  readonly code: string;
  readonly uses: readonly string[];
  /** Instructions, about. */
  readonly cost: number;
}

const integers: readonly DType[] = ["int8", "uint8", "int16", "uint16", "int32"];

/** Whether lanes hold values of a type. */
export const hasLanes = (dtype: DType): boolean =>
  dtype === "float32" || dtype === "bool" || integers.includes(dtype);

export const laneType = (dtype: DType): string =>
  dtype === "float32" ? "float32x4_t" : dtype === "bool" ? "uint32x4_t" : "int32x4_t";

const suffix = (dtype: DType): string => (dtype === "float32" ? "f32" : dtype === "bool" ? "u32" : "s32");

/** A number in all lanes: a C expression of a type. */
export function splat(dtype: DType, expression: string): string {
  if (dtype === "float32") return `vdupq_n_f32(${expression})`;
  return dtype === "bool" ? `vdupq_n_u32(${expression} ? 0xffffffffU : 0U)` : `vdupq_n_s32(${expression})`;
}

export const constantLanes = (dtype: DType, value: number | bigint): string =>
  splat(dtype, literal(dtype, value));

type Written = readonly [code: string, cost: number, ...uses: readonly string[]];
type Write = (...args: string[]) => Written;

const intrinsic =
  (name: string, cost = 1): Write =>
  (...args) => [`${name}(${args.join(", ")})`, cost];

const helper =
  (name: string, cost: number): Write =>
  (...args) => [`vc_${name}_x4(${args.join(", ")})`, cost, `neon/${name.replaceAll("_", "-")}-x4`];

const floats: Partial<Record<FunctionName, Write>> = {
  Add: intrinsic("vaddq_f32"),
  Sub: intrinsic("vsubq_f32"),
  Mul: intrinsic("vmulq_f32"),
  Div: intrinsic("vdivq_f32"),
  Neg: intrinsic("vnegq_f32"),
  Abs: intrinsic("vabsq_f32"),
  Floor: intrinsic("vrndmq_f32"),
  Ceil: intrinsic("vrndpq_f32"),
  Round: intrinsic("vrndnq_f32"),
  Max: helper("max", 4),
  Min: helper("min", 4),
  Sqrt: helper("sqrt", 3),
  Exp: helper("exp", 32),
  Sigmoid: helper("sigmoid", 38),
  Tanh: helper("tanh", 55),
  Erf: helper("erf", 70),
};

const wholes: Partial<Record<FunctionName, Write>> = {
  Add: intrinsic("vaddq_s32"),
  Sub: intrinsic("vsubq_s32"),
  Mul: intrinsic("vmulq_s32"),
  Neg: intrinsic("vnegq_s32"),
  Max: intrinsic("vmaxq_s32"),
  Min: intrinsic("vminq_s32"),
};

const truths: Partial<Record<FunctionName, Write>> = {
  BitAnd: intrinsic("vandq_u32"),
  BitOr: intrinsic("vorrq_u32"),
  BitXor: intrinsic("veorq_u32"),
};

const comparisons: Partial<Record<FunctionName, string>> = {
  Equal: "vceq",
  Less: "vclt",
  LessOrEqual: "vcle",
};

/** The value modulo 2^bits of a narrower type, extended again. */
function wrapped(dtype: DType, [code, cost, ...uses]: Written): Written {
  const { bytes, kind } = dtypeInfo[dtype];
  if (bytes === 4) return [code, cost, ...uses];
  const shift = 32 - 8 * bytes;
  if (kind === "int") return [`vshrq_n_s32(vshlq_n_s32(${code}, ${shift}), ${shift})`, cost + 2, ...uses];
  return [`vandq_s32(${code}, vdupq_n_s32(${2 ** (8 * bytes) - 1}))`, cost + 1, ...uses];
}

/** A step on operands of type `from` (of Where, the chosen ones) as lanes; undefined where it has none. */
export function laneStep(
  fn: FunctionName,
  from: DType,
  to: DType,
  args: readonly string[],
): LaneStep | undefined {
  if (!hasLanes(from) || !hasLanes(to)) return undefined;
  const written = write(fn, from, to, args);
  if (!written) return undefined;
  const [code, cost, ...uses] = written;
  return { type: laneType(to), code, uses, cost };
}

function write(fn: FunctionName, from: DType, to: DType, args: readonly string[]): Written | undefined {
  const [a, b] = args;
  if (fn === "Copy") return [a, 0];
  if (fn === "Where") return [`vbslq_${suffix(to)}(${args.join(", ")})`, 1];
  if (fn === "Cast") return castLanes(from, to, a);
  if (fn === "Saturate") {
    const { min, max } = dtypeInfo[to];
    return [`vc_saturate_x4(${a}, ${b}, ${min}, ${max})`, 6, "neon/saturate-x4"];
  }
  const compare = comparisons[fn];
  if (compare) return [`${compare}q_${suffix(from)}(${a}, ${b})`, 1];
  if (from === "float32") return floats[fn]?.(...args);
  if (from === "bool") return truths[fn]?.(...args);
  const whole = wholes[fn]?.(...args);
  return whole && wrapped(to, whole);
}

function castLanes(from: DType, to: DType, a: string): Written | undefined {
  if (from === to) return [a, 0];
  const zero = splat(from, from === "float32" ? "0.0F" : "0");
  if (to === "bool") return [`vmvnq_u32(vceqq_${suffix(from)}(${a}, ${zero}))`, 2];
  if (from === "float32") return undefined;
  const whole: Written = from === "bool" ? [`vreinterpretq_s32_u32(vshrq_n_u32(${a}, 31))`, 1] : [a, 0];
  if (to === "float32") return [`vcvtq_f32_s32(${whole[0]})`, whole[1] + 1];
  const range = from === "bool" ? { min: 0, max: 1 } : dtypeInfo[from];
  const fits = range.min >= dtypeInfo[to].min && range.max <= dtypeInfo[to].max;
  return fits ? whole : wrapped(to, whole);
}
