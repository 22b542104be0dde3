import { OpError } from "../op.js";

/** An activation function of a recurrent operator with its parameters. */
export interface Activation {
  readonly name: ActivationName;
  readonly alpha: number;
  readonly beta: number;
}

/** Defaults of alpha and beta, and how many of them a function takes from the attributes (ONNX). */
const parameters = {
  Affine: [1, 0],
  Elu: [1],
  HardSigmoid: [Math.fround(0.2), 0.5],
  LeakyRelu: [Math.fround(0.01)],
  Relu: [],
  ScaledTanh: [1, 1],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: [1],
} as const satisfies Record<string, readonly number[]>;

export type ActivationName = keyof typeof parameters;

const byLowerCase = new Map(
  Object.keys(parameters).map((name) => [name.toLowerCase(), name as ActivationName]),
);

/** The named functions; alphas and betas are handed out in order to those that take one. */
export function activationsOf(
  names: readonly string[],
  alphas: readonly number[] = [],
  betas: readonly number[] = [],
): Activation[] {
  let [a, b] = [0, 0];
  return names.map((text) => {
    const name = byLowerCase.get(text.toLowerCase());
    if (!name) {
      throw new OpError(
        `activation "${text}" is not supported`,
        `supported: ${Object.keys(parameters).join(", ")}`,
        "unsupported",
      );
    }
    const [alpha, beta] = parameters[name] as readonly number[];
    return {
      name,
      alpha: alpha === undefined ? 0 : Math.fround(alphas[a++] ?? alpha),
      beta: beta === undefined ? 0 : Math.fround(betas[b++] ?? beta),
    };
  });
}
