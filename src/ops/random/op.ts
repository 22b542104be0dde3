import { defineOp, type OpDefinition, OpError } from "../op.js";

const anything = (value: unknown): unknown => value;
const names = ["dtype", "seed", "mean", "scale", "low", "high", "shape", "sample_size"];

/** Operators with a random result: refused, since the generated C could not be compared with anything. */
const refused = (name: string): OpDefinition =>
  defineOp({
    name,
    opsets: [1, 28],
    attributes: Object.fromEntries(names.map((attribute) => [attribute, anything])),
    inputs: [0, 1],
    infer() {
      throw new OpError(
        `${name} has a random result, which is not reproducible`,
        "Draw the random tensor outside and make it an input of the model.",
        "unsupported",
      );
    },
  });

export const ops: readonly OpDefinition[] = [
  "Bernoulli",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
].map(refused);
