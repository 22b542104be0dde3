import { tensor } from "../../ir/tensor.js";
import { attr, OpError } from "../../ops/op.js";
import type { OnnxAttribute } from "../model.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

const scalar = (value: number) => tensor("float32", [], [value]);

/** Names of an activation's parameters as attributes of its ONNX operator, in ONNX Runtime's order. */
const activations: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  Softplus: [],
  Softsign: [],
  HardSwish: [],
  LeakyRelu: ["alpha"],
  Elu: ["alpha"],
  ThresholdedRelu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  Selu: ["alpha", "gamma"],
};

/** The activation that a fused operator ends in; parameters by name, undefined for the default. */
function activate(
  build: ExpansionBuilder,
  x: string,
  activation: string,
  parameters: readonly (number | undefined)[],
): string {
  if (activation === "") return x;
  if (activation === "Clip") {
    const [low, high] = parameters.map((value) => (value === undefined ? "" : build.constant(scalar(value))));
    return build.op("Clip", [x, low ?? "", high ?? ""]);
  }
  const names = activations[activation];
  if (!names) throw new OpError(`activation "${activation}" is not supported`, undefined, "unsupported");
  const given = names.flatMap((name, i) => (parameters[i] === undefined ? [] : [[name, parameters[i]]]));
  return build.op(activation, [x], Object.fromEntries(given));
}

type ConvAttributes = {
  readonly auto_pad: string | undefined;
  readonly dilations: readonly number[] | undefined;
  readonly group: number | undefined;
  readonly kernel_shape: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
  readonly activation: string;
  readonly activation_params: readonly number[];
};

type GemmAttributes = {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: number;
  readonly transB: number;
  readonly activation: string;
  readonly activation_alpha: number | undefined;
  readonly activation_beta: number | undefined;
  readonly activation_gamma: number | undefined;
};

const window = {
  auto_pad: attr.optional(attr.string()),
  dilations: attr.optional(attr.ints()),
  group: attr.optional(attr.int()),
  kernel_shape: attr.optional(attr.ints()),
  pads: attr.optional(attr.ints()),
  strides: attr.optional(attr.ints()),
};

const present = (attrs: Readonly<Record<string, unknown>>): Record<string, OnnxAttribute> =>
  Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined)) as Record<
    string,
    OnnxAttribute
  >;

/** Conv, a tensor that is added, and an activation. */
const fusedConv = defineExpansion<ConvAttributes>({
  name: "com.microsoft.FusedConv",
  attributes: { ...window, activation: attr.string(""), activation_params: attr.floats([]) },
  inputs: [2, 4],
  expand(build, [x, w, bias = "", added = ""], { activation, activation_params, ...attrs }) {
    const y = build.op("Conv", [x, w, bias], present(attrs));
    const sum = added ? build.op("Add", [y, added]) : y;
    return [activate(build, sum, activation, activation_params)];
  },
});

/** Gemm and an activation. */
const fusedGemm = defineExpansion<GemmAttributes>({
  name: "com.microsoft.FusedGemm",
  attributes: {
    alpha: attr.float(1),
    beta: attr.float(1),
    transA: attr.int(0),
    transB: attr.int(0),
    activation: attr.string(""),
    activation_alpha: attr.optional(attr.float()),
    activation_beta: attr.optional(attr.float()),
    activation_gamma: attr.optional(attr.float()),
  },
  inputs: [2, 3],
  expand(build, inputs, { activation, activation_alpha, activation_beta, activation_gamma, ...attrs }) {
    const second = activation === "Selu" ? activation_gamma : activation_beta;
    return [activate(build, build.op("Gemm", inputs, attrs), activation, [activation_alpha, second])];
  },
});

/** An operand with its first axis moved behind those of the batch, then its last two swapped, where asked for. */
function arranged(build: ExpansionBuilder, x: string, batch: boolean, swap: boolean): string {
  const rank = build.shape(x).length;
  const axes = Array.from({ length: rank }, (_, i) => i);
  const moved = batch && rank > 2 ? [...axes.slice(1, -1), 0, rank - 1] : axes;
  const perm = swap && rank > 1 ? [...moved.slice(0, -2), moved[rank - 1], moved[rank - 2]] : moved;
  return perm.every((axis, i) => axis === i) ? x : build.op("Transpose", [x], { perm });
}

/** alpha * A' * B', with the axes of A and B arranged first. */
const fusedMatMul = (name: string) =>
  defineExpansion({
    name,
    attributes: {
      alpha: attr.float(1),
      transA: attr.bool(false),
      transB: attr.bool(false),
      transBatchA: attr.bool(false),
      transBatchB: attr.bool(false),
    },
    inputs: [2, 2],
    expand(build, [a, b], { alpha, transA, transB, transBatchA, transBatchB }) {
      const left = arranged(build, a, transBatchA, transA);
      const right = arranged(build, b, transBatchB, transB);
      const y = build.op("MatMul", [left, right]);
      return [alpha === 1 ? y : build.op("Mul", [y, build.constant(scalar(alpha))])];
    },
  });

export const fusedExpansions: readonly Expansion[] = [
  fusedConv,
  fusedGemm,
  fusedMatMul("com.microsoft.FusedMatMul"),
  fusedMatMul("com.microsoft.TransposeMatMul"),
];
