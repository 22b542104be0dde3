import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import type { Activation } from "./activations.js";
import {
  directionActivations,
  gatesOf,
  type RecurrentAttributes,
  type RecurrentKind,
  type RecurrentShape,
  recurrentShape,
} from "./op.js";

/** RNN, GRU and LSTM in float32, step by step, in the reference's order of operations. */
const recurrent: Kernel = {
  name: "recurrent",
  isa: "scalar",
  ops: Object.keys(gatesOf),
  accept(view) {
    const { node, attrs, inputs } = view as NodeView<RecurrentAttributes>;
    const kind = node.op as RecurrentKind;
    const shape = recurrentShape(inputs[0]!, inputs[2]!, attrs);
    const { directions, time, batch, input, hidden } = shape;
    const gates = gatesOf[kind].length;
    return {
      cost: directions * time * batch * hidden * gates * (5 * (input + hidden) + 60),
      reason: `${kind}, ${hidden} units, ${time} steps`,
      scratch: stateBytes(kind, hidden),
      lower: () => lowerRecurrent(view as NodeView<RecurrentAttributes>, kind, shape),
    };
  },
};

/** Bytes of the state, the gates and what lies between them. */
export const stateBytes = (kind: RecurrentKind, hidden: number): number =>
  4 * hidden * (gatesOf[kind].length + 4);

/** Weights that take the place of inputs 1 and 2 and all from 8 on. */
export interface OwnWeights {
  /** w and r, and what else the template reads. */
  readonly parameters: readonly KernelParameter[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly uses: readonly string[];
}

/** The code of a recurrent layer. */
export function lowerRecurrent(
  { attrs, inputs, outputs }: NodeView<RecurrentAttributes>,
  kind: RecurrentKind,
  shape: RecurrentShape,
  own?: OwnWeights,
): KernelCode {
  const names = ["x", "w", "r", "b", "lengths", "initial_h", "initial_c", "p"];
  const replaced = (index: number) => own !== undefined && (index === 1 || index === 2 || index >= 8);
  const parameters: KernelParameter[] = inputs.flatMap((info, index): KernelParameter[] =>
    info && !replaced(index) ? [{ kind: "input", name: names[index], index }] : [],
  );
  parameters.push(...(own?.parameters ?? []));
  ["y", "y_h", "y_c"].forEach((name, index) => {
    if (outputs[index]) parameters.push({ kind: "output", name, index });
  });
  const gates = gatesOf[kind].length;
  const activations = directionActivations(kind, attrs);
  return {
    template: "recurrent/scalar",
    values: {
      ...shape,
      rnn: kind === "RNN",
      gru: kind === "GRU",
      lstm: kind === "LSTM",
      dynamic: false,
      matvec: false,
      ...own?.values,
      gates,
      rows: gates * shape.hidden,
      linearBeforeReset: attrs.linear_before_reset === true,
      bias: inputs[3] !== undefined,
      lengths: inputs[4] !== undefined,
      initialH: inputs[5] !== undefined,
      initialC: inputs[6] !== undefined,
      peepholes: inputs[7] !== undefined,
      y: outputs[0] !== undefined,
      yH: outputs[1] !== undefined,
      yC: outputs[2] !== undefined,
      clip: attrs.clip === undefined ? false : literal("float32", attrs.clip),
      negativeClip: attrs.clip === undefined ? false : literal("float32", -attrs.clip),
      cells: activations.map((functions, d) => ({
        d,
        reverse: attrs.direction === "reverse" || d === 1,
        functions: functions.map((activation, i) => ({ name: "fgh"[i], ...activationCode(activation) })),
      })),
    },
    parameters: [...parameters, { kind: "scratch", name: "state", ctype: "float" }],
    uses: [
      ...new Set(activations.flat().flatMap((activation) => activationCode(activation).uses)),
      ...(own?.uses ?? []),
    ],
  };
}

/** An activation of v as statements on v. */
function activationCode({ name, alpha, beta }: Activation): { code: string; uses: string[] } {
  const [a, b] = [literal("float32", alpha), literal("float32", beta)];
  const codes: Record<Activation["name"], [string, string[]]> = {
    Affine: [`${a} * v + ${b}`, []],
    Elu: [`v < 0.0F ? ${a} * (vc_exp(v) - 1.0F) : v`, ["math/exp"]],
    HardSigmoid: [`${a} * v + ${b}`, []],
    LeakyRelu: [`v < 0.0F ? ${a} * v : v`, []],
    Relu: ["v < 0.0F ? 0.0F : v", []],
    ScaledTanh: [`${a} * vc_tanh(${b} * v)`, ["math/tanh"]],
    Sigmoid: ["vc_sigmoid(v)", ["math/sigmoid"]],
    Softplus: ["vc_log(1.0F + vc_exp(v))", ["math/log", "math/exp"]],
    Softsign: ["v / (1.0F + vc_abs(v))", ["math/abs"]],
    Tanh: ["vc_tanh(v)", ["math/tanh"]],
    ThresholdedRelu: [`v > ${a} ? v : 0.0F`, []],
  };
  const [expression, uses] = codes[name];
  const clamp = name === "HardSigmoid" ? " v = v < 0.0F ? 0.0F : v; v = v > 1.0F ? 1.0F : v;" : "";
  return { code: `v = ${expression};${clamp}`, uses };
}

export const kernels: Kernel[] = [recurrent];
