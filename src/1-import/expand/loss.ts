import { tensor } from "../../ir/tensor.js";
import { attr } from "../../ops/op.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

type Reduction = "none" | "mean" | "sum";

const lossAttributes = {
  reduction: attr.string<Reduction>("mean", ["none", "mean", "sum"]),
  ignore_index: attr.optional(attr.int()),
};

type Loss = {
  readonly reduction: Reduction;
  readonly ignore_index: number | undefined;
};

/** -weight[target] * x[target] for log probabilities x [N, C, ...] and targets [N, ...]; then the reduction. */
function negativeLogLikelihood(
  build: ExpansionBuilder,
  [x, target, weights]: readonly string[],
  { reduction, ignore_index: ignored }: Loss,
): string {
  const one = build.constant(tensor("int64", [1], [1]));
  const zero = build.constant(tensor("float32", [], [0]));
  const wanted = build.op("Cast", [target], { to: 7 });
  let classes = wanted;
  let counted = "";
  if (ignored !== undefined) {
    const skip = build.op("Equal", [wanted, build.constant(tensor("int64", [], [ignored]))]);
    counted = build.op("Not", [skip]);
    classes = build.op("Where", [skip, build.constant(tensor("int64", [], [0])), wanted]);
  }
  const taken = build.op("GatherElements", [x, build.op("Unsqueeze", [classes, one])], { axis: 1 });
  const minus = build.op("Neg", [build.op("Squeeze", [taken, one])]);
  const each = weights ? build.op("Gather", [weights, classes]) : "";
  const weighted = each ? build.op("Mul", [minus, each]) : minus;
  const losses = counted ? build.op("Where", [counted, weighted, zero]) : weighted;
  if (reduction === "none") return losses;
  const total = (name: string): string => build.op("ReduceSum", [name], { keepdims: 0 });
  if (reduction === "sum") return total(losses);
  if (!each && !counted) return build.op("ReduceMean", [losses], { keepdims: 0 });
  const present = each || build.constant(tensor("float32", [], [1]));
  const amounts = counted ? build.op("Where", [counted, present, zero]) : present;
  return build.op("Div", [total(losses), total(amounts)]);
}

const likelihood = defineExpansion<Loss>({
  name: "NegativeLogLikelihoodLoss",
  opsets: [12, 28],
  attributes: lossAttributes,
  inputs: [2, 3],
  expand: (build, [x, target, weights = ""], attrs) => [
    negativeLogLikelihood(build, [x, target, weights], attrs),
  ],
});

const crossEntropy = defineExpansion<Loss>({
  name: "SoftmaxCrossEntropyLoss",
  opsets: [12, 28],
  attributes: lossAttributes,
  inputs: [2, 3],
  outputs: [1, 2],
  expand(build, [scores, target, weights = ""], attrs) {
    const logs = build.op("LogSoftmax", [scores], { axis: 1 });
    return [negativeLogLikelihood(build, [logs, target, weights], attrs), logs];
  },
});

export const lossExpansions: readonly Expansion[] = [likelihood, crossEntropy];
