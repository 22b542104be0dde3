import { erf } from "../../math/erf.js";
import { exp } from "../../math/exp.js";
import { log1p } from "../../math/log1p.js";
import { sigmoid } from "../../math/sigmoid.js";
import { tanh } from "../../math/tanh.js";
import type { Reference } from "../op.js";
import type { AlphaAttributes, AlphaBetaAttributes, GeluAttributes, SeluAttributes } from "./activation.js";
import { arithmeticOf, type Scalar } from "./arithmetic.js";
import { applyElementwise } from "./evaluate.js";

const f = Math.fround;

/** max and min of float32: a NaN stays. */
const { max, min } = arithmeticOf("float32") as unknown as Record<
  "max" | "min",
  (a: number, b: number) => number
>;

type Unary<A> = (x: number, attrs: A) => number;
type Binary<A> = (a: number, b: number, attrs: A) => number;

const unary =
  <A>(formula: Unary<A>): Reference =>
  ([x], attrs) => [applyElementwise("float32", [x!], (v) => formula(v as number, attrs as A))];

const binary =
  <A>(formula: Binary<A>): Reference =>
  ([a, b], attrs) => [
    applyElementwise("float32", [a!, b!], (x, y) => formula(x as number, y as number, attrs as A)),
  ];

/** ln(1 + e^x) */
const softplus = (x: number): number => f(max(x, 0) + log1p(exp(-Math.abs(x))));

const expMinusOne = (x: number): number => f(exp(x) - 1);

const hardSigmoid = (x: number, alpha: number, beta: number): number =>
  max(min(f(f(alpha * x) + beta), 1), 0);

const swish = (x: number, alpha: number): number => f(x * sigmoid(f(alpha * x)));

/** x / 2 * (1 + erf(x / sqrt(2))) */
const gelu = (x: number): number => f(f(x * 0.5) * f(erf(f(x * f(Math.SQRT1_2))) + 1));

const TANH_GELU_LINEAR = f(Math.sqrt(2 / Math.PI));
const TANH_GELU_CUBIC = f(0.044715 * Math.sqrt(2 / Math.PI));

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))), in ONNX Runtime's order. */
const tanhGelu = (x: number): number => {
  const inner = f(x * f(f(f(TANH_GELU_CUBIC * x) * x) + TANH_GELU_LINEAR));
  return f(f(x * 0.5) * f(tanh(inner) + 1));
};

const relu: Reference = ([x]) => {
  const { max } = arithmeticOf(x!.dtype);
  const zero: Scalar = x!.dtype === "int64" || x!.dtype === "uint64" ? 0n : 0;
  return [applyElementwise(x!.dtype, [x!], (v) => max(v, zero))];
};

const reciprocal: Reference = ([x]) => {
  const { div } = arithmeticOf(x!.dtype);
  return [applyElementwise(x!.dtype, [x!], (v) => div(1, v))];
};

const fastGelu: Reference = ([x, bias]) => [
  applyElementwise("float32", bias ? [x!, bias] : [x!], (v, b = 0) =>
    tanhGelu(bias ? f((v as number) + (b as number)) : (v as number)),
  ),
];

/** Activation functions by operator: ONNX's formulas, each operation rounded to float32. */
export const activationReferences: Readonly<Record<string, Reference>> = {
  Relu: relu,
  Reciprocal: reciprocal,
  LeakyRelu: unary<AlphaAttributes>((x, { alpha }) => (x < 0 ? f(alpha * x) : x)),
  PRelu: binary((x, slope) => (x < 0 ? f(slope * x) : x)),
  Elu: unary<AlphaAttributes>((x, { alpha }) => (x < 0 ? f(alpha * expMinusOne(x)) : x)),
  Celu: unary<AlphaAttributes>((x, { alpha }) => f(max(x, 0) + min(f(alpha * expMinusOne(f(x / alpha))), 0))),
  Selu: unary<SeluAttributes>((x, { alpha, gamma }) => f(gamma * (x > 0 ? x : f(f(alpha * exp(x)) - alpha)))),
  ThresholdedRelu: unary<AlphaAttributes>((x, { alpha }) => (x > alpha ? x : 0)),
  HardSigmoid: unary<AlphaBetaAttributes>((x, { alpha, beta }) => hardSigmoid(x, alpha, beta)),
  HardSwish: unary((x) => f(x * hardSigmoid(x, f(1 / 6), 0.5))),
  Gelu: unary<GeluAttributes>((x, { approximate }) => (approximate === "tanh" ? tanhGelu(x) : gelu(x))),
  Mish: unary((x) => f(x * tanh(softplus(x)))),
  Softplus: unary(softplus),
  Softsign: unary((x) => f(x / f(1 + Math.abs(x)))),
  Swish: unary<AlphaAttributes>((x, { alpha }) => swish(x, alpha)),
  SwiGLU: binary<AlphaAttributes>((a, b, { alpha }) => f(swish(a, alpha) * b)),
  "com.microsoft.Gelu": unary(gelu),
  "com.microsoft.QuickGelu": unary<AlphaAttributes>((x, { alpha }) => swish(x, alpha)),
  "com.microsoft.BiasGelu": binary((x, bias) => gelu(f(x + bias))),
  "com.microsoft.FastGelu": fastGelu,
};
