import type { AlphaAttributes, AlphaBetaAttributes, GeluAttributes, SeluAttributes } from "./activation.js";
import type { StepBuilder, Term } from "./steps.js";

/** Adds the steps of an operator with these attributes. */
export type Writer<A> = (p: StepBuilder, operands: readonly Term[], attrs: A) => Term;

const f = Math.fround;

const softplus = (p: StepBuilder, x: Term): Term =>
  p.same("Add", p.same("Max", x, 0), p.same("Log1p", p.same("Exp", p.same("Neg", p.same("Abs", x)))));

const expMinusOne = (p: StepBuilder, x: Term): Term => p.same("Sub", p.same("Exp", x), 1);

const hardSigmoid = (p: StepBuilder, x: Term, alpha: number, beta: number): Term =>
  p.same("Max", p.same("Min", p.same("Add", p.same("Mul", x, alpha), beta), 1), 0);

const swish = (p: StepBuilder, x: Term, alpha: number): Term =>
  p.same("Mul", x, p.same("Sigmoid", alpha === 1 ? x : p.same("Mul", x, alpha)));

const half = (p: StepBuilder, x: Term, factor: Term): Term =>
  p.same("Mul", p.same("Mul", x, 0.5), p.same("Add", factor, 1));

const gelu = (p: StepBuilder, x: Term): Term => half(p, x, p.same("Erf", p.same("Mul", x, f(Math.SQRT1_2))));

function tanhGelu(p: StepBuilder, x: Term): Term {
  const cubic = p.same("Mul", p.same("Mul", x, f(0.044715 * Math.sqrt(2 / Math.PI))), x);
  const inner = p.same("Mul", x, p.same("Add", cubic, f(Math.sqrt(2 / Math.PI))));
  return half(p, x, p.same("Tanh", inner));
}

const negativePart = (p: StepBuilder, x: Term, below: Term): Term =>
  p.where(p.compare("Less", x, 0), below, x);

/** Activation functions by operator, as steps in the reference's order. */
export const activationSteps: Readonly<Record<string, Writer<never>>> = {
  Relu: (p, [x]) => p.same("Max", x, 0),
  Reciprocal: (p, [x]) => p.same("Div", 1, x),
  LeakyRelu: (p, [x], { alpha }: AlphaAttributes) => negativePart(p, x, p.same("Mul", x, alpha)),
  PRelu: (p, [x, slope]) => negativePart(p, x, p.same("Mul", x, slope)),
  Elu: (p, [x], { alpha }: AlphaAttributes) => negativePart(p, x, p.same("Mul", expMinusOne(p, x), alpha)),
  Celu: (p, [x], { alpha }: AlphaAttributes) => {
    const below = p.same("Mul", expMinusOne(p, p.same("Div", x, alpha)), alpha);
    return p.same("Add", p.same("Max", x, 0), p.same("Min", below, 0));
  },
  Selu: (p, [x], { alpha, gamma }: SeluAttributes) => {
    const below = p.same("Sub", p.same("Mul", p.same("Exp", x), alpha), alpha);
    return p.same("Mul", p.where(p.compare("Less", p.constant("float32", 0), x), x, below), gamma);
  },
  ThresholdedRelu: (p, [x], { alpha }: AlphaAttributes) =>
    p.where(p.compare("Less", p.constant("float32", alpha), x), x, 0),
  HardSigmoid: (p, [x], { alpha, beta }: AlphaBetaAttributes) => hardSigmoid(p, x, alpha, beta),
  HardSwish: (p, [x]) => p.same("Mul", x, hardSigmoid(p, x, f(1 / 6), 0.5)),
  Gelu: (p, [x], { approximate }: GeluAttributes) => (approximate === "tanh" ? tanhGelu(p, x) : gelu(p, x)),
  Mish: (p, [x]) => p.same("Mul", x, p.same("Tanh", softplus(p, x))),
  Softplus: (p, [x]) => softplus(p, x),
  Softsign: (p, [x]) => p.same("Div", x, p.same("Add", p.same("Abs", x), 1)),
  Swish: (p, [x], { alpha }: AlphaAttributes) => swish(p, x, alpha),
  SwiGLU: (p, [a, b], { alpha }: AlphaAttributes) => p.same("Mul", swish(p, a, alpha), b),
  "com.microsoft.Gelu": (p, [x]) => gelu(p, x),
  "com.microsoft.QuickGelu": (p, [x], { alpha }: AlphaAttributes) => swish(p, x, alpha),
  "com.microsoft.BiasGelu": (p, [x, bias]) => gelu(p, p.same("Add", x, bias)),
  "com.microsoft.FastGelu": (p, [x, bias]) => tanhGelu(p, bias ? p.same("Add", x, bias) : x),
};
