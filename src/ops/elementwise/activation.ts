import type { DType } from "../../ir/dtype.js";
import type { Attributes } from "../../ir/graph.js";
import { attr, type OpDefinition, OpError } from "../op.js";
import { elementwise } from "./define.js";
import { isFloat, isFloat32, isNumeric } from "./functions.js";

export type AlphaAttributes = { readonly alpha: number };
export type AlphaBetaAttributes = { readonly alpha: number; readonly beta: number };
export type SeluAttributes = { readonly alpha: number; readonly gamma: number };
export type GeluAttributes = { readonly approximate: "none" | "tanh" };

const alpha = (fallback: number) => ({ alpha: attr.float(fallback) });

const unary = <A extends Attributes>(
  name: string,
  since: number | undefined,
  attributes?: OpDefinition<A>["attributes"],
  accepts: (dtype: DType) => boolean = isFloat32,
) => elementwise<A>({ name, since, inputs: 1, accepts, attributes });

/** PRelu: slope broadcasts to x, not the other way. */
const prelu: OpDefinition = (() => {
  const both = elementwise({ name: "PRelu", since: 7, inputs: 2, accepts: isFloat32 });
  return {
    ...both,
    infer(inputs, attrs, outputs) {
      const [y] = both.infer(inputs, attrs, outputs);
      const [x, slope] = inputs;
      if (`${y.shape}` === `${x!.shape}`) return [y];
      throw new OpError(`slope [${slope!.shape}] does not broadcast to x [${x!.shape}]`);
    },
  };
})();

/** Activation functions, each of one float32 input unless it says otherwise; formulas in reference.ts. */
export const activations = [
  unary("Relu", 6, undefined, isNumeric),
  unary("Reciprocal", 6, undefined, isFloat),
  unary<AlphaAttributes>("LeakyRelu", 6, alpha(0.01)),
  unary<AlphaAttributes>("Elu", 6, alpha(1)),
  unary<AlphaAttributes>("Celu", 12, alpha(1)),
  unary<SeluAttributes>("Selu", 6, { alpha: attr.float(1.67326319), gamma: attr.float(1.05070102) }),
  unary<AlphaAttributes>("ThresholdedRelu", 10, alpha(1)),
  unary<AlphaBetaAttributes>("HardSigmoid", 6, { alpha: attr.float(0.2), beta: attr.float(0.5) }),
  unary("HardSwish", 14),
  unary<GeluAttributes>("Gelu", 20, { approximate: attr.string("none", ["none", "tanh"]) }),
  unary("Mish", 18),
  unary("Softplus", 1),
  unary("Softsign", 1),
  unary<AlphaAttributes>("Swish", 24, alpha(1)),
  unary("com.microsoft.Gelu", undefined),
  unary<AlphaAttributes>("com.microsoft.QuickGelu", undefined, alpha(1.702)),
  prelu,
  elementwise<AlphaAttributes>({
    name: "SwiGLU",
    since: 28,
    inputs: 2,
    accepts: isFloat32,
    attributes: alpha(1),
  }),
  elementwise({ name: "com.microsoft.BiasGelu", inputs: 2, accepts: isFloat32 }),
  elementwise({ name: "com.microsoft.FastGelu", inputs: [1, 2], accepts: isFloat32 }),
] as readonly unknown[] as readonly OpDefinition[];
