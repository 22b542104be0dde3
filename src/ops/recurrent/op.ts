import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { type Activation, activationsOf } from "./activations.js";

export type RecurrentAttributes = {
  readonly direction: "forward" | "reverse" | "bidirectional";
  readonly hidden_size: number | undefined;
  readonly activations: readonly string[] | undefined;
  readonly activation_alpha: readonly number[] | undefined;
  readonly activation_beta: readonly number[] | undefined;
  readonly clip: number | undefined;
  /** 1: batch first, X [N, T, I]. */
  readonly layout: number;
  /** GRU: multiply by the reset gate after the product with R. */
  readonly linear_before_reset?: boolean;
  /** LSTM: couples input and forget gate; not supported. */
  readonly input_forget?: boolean;
};

export type RecurrentKind = "RNN" | "GRU" | "LSTM";

/** Gates of each kind, in the order of their rows in W, R and B (ONNX). */
export const gatesOf: Readonly<Record<RecurrentKind, readonly string[]>> = {
  RNN: ["i"],
  GRU: ["z", "r", "h"],
  LSTM: ["i", "o", "f", "c"],
};

/** Activations of each kind for one direction, where the node names none. */
const defaults: Readonly<Record<RecurrentKind, readonly string[]>> = {
  RNN: ["Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
};

/** Sizes of a recurrent layer. */
export interface RecurrentShape {
  readonly directions: number;
  readonly time: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly batchFirst: boolean;
}

export function recurrentShape(x: ValueInfo, r: ValueInfo, attrs: RecurrentAttributes): RecurrentShape {
  const batchFirst = attrs.layout === 1;
  const [first, second, input] = x.shape;
  const [time, batch] = batchFirst ? [second, first] : [first, second];
  const directions = attrs.direction === "bidirectional" ? 2 : 1;
  return { directions, time, batch, input, hidden: r.shape[2], batchFirst };
}

/** The activations of each direction, in ONNX's order f, g, h. */
export function directionActivations(kind: RecurrentKind, attrs: RecurrentAttributes): Activation[][] {
  const count = defaults[kind].length;
  const directions = attrs.direction === "bidirectional" ? 2 : 1;
  const names = attrs.activations ?? Array.from({ length: directions }, () => defaults[kind]).flat();
  if (names.length !== count * directions) {
    throw new OpError(
      `attribute "activations" names ${names.length} functions; expected ${count * directions}`,
    );
  }
  const all = activationsOf(names, attrs.activation_alpha, attrs.activation_beta);
  return Array.from({ length: directions }, (_, d) => all.slice(d * count, (d + 1) * count));
}

/**
 * ONNX RNN, GRU and LSTM, opsets 7 to 28, float32. X [T, N, I] (or [N, T, I]), W [D, G*H, I], R [D, G*H, H],
 * optional B [D, 2*G*H], sequence_lens int32 [N], initial_h [D, N, H] (or [N, D, H]); LSTM also initial_c
 * and peepholes P [D, 3*H]. Outputs Y [T, D, N, H] (or [N, T, D, H]), Y_h, and of an LSTM Y_c.
 */
const recurrent = (kind: RecurrentKind) =>
  defineOp<RecurrentAttributes>({
    name: kind,
    opsets: [7, 28],
    attributes: {
      direction: attr.string("forward", ["forward", "reverse", "bidirectional"]),
      hidden_size: attr.optional(attr.int()),
      activations: attr.optional(attr.strings()),
      activation_alpha: attr.optional(attr.floats()),
      activation_beta: attr.optional(attr.floats()),
      clip: attr.optional(attr.float()),
      layout: attr.int(0),
      ...(kind === "GRU" && { linear_before_reset: attr.bool(false) }),
      ...(kind === "LSTM" && { input_forget: attr.bool(false) }),
    },
    inputs: [3, kind === "LSTM" ? 8 : 6],
    outputs: [1, kind === "LSTM" ? 3 : 2],
    infer(inputs, attrs, outputs) {
      const gates = gatesOf[kind].length;
      const [x, w, r] = ["X", "W", "R"].map((name, i) => operand(inputs, i, name));
      if (x.shape.length !== 3 || w.shape.length !== 3 || r.shape.length !== 3) {
        throw new OpError(`X [${x.shape}], W [${w.shape}] and R [${r.shape}] must have three dimensions`);
      }
      const { directions: d, time, batch, input, hidden: h, batchFirst } = recurrentShape(x, r, attrs);
      if (attrs.hidden_size !== undefined && attrs.hidden_size !== h)
        throw new OpError(`attribute "hidden_size" is ${attrs.hidden_size}, but R is [${r.shape}]`);
      const state = batchFirst ? [batch, d, h] : [d, batch, h];
      const expected = [
        x.shape,
        [d, gates * h, input],
        [d, gates * h, h],
        [d, 2 * gates * h],
        [batch],
        state,
        state,
        [d, 3 * h],
      ];
      const names = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"];
      inputs.forEach((info, i) => {
        if (!info) return;
        const dtype = i === 4 ? "int32" : "float32";
        if (info.dtype !== dtype) {
          throw new OpError(`${names[i]} is ${info.dtype}; expected ${dtype}`, undefined, "unsupported");
        }
        if (String(info.shape) !== String(expected[i])) {
          throw new OpError(`${names[i]} is [${info.shape}]; expected [${expected[i]}]`);
        }
      });
      if (attrs.input_forget)
        throw new OpError('attribute "input_forget" is 1; supported: 0', undefined, "unsupported");
      directionActivations(kind, attrs);
      const y = outputInfo("float32", batchFirst ? [batch, time, d, h] : [time, d, batch, h]);
      return [y, outputInfo("float32", state), outputInfo("float32", state)].slice(0, outputs);
    },
  });

export const ops = [
  recurrent("RNN"),
  recurrent("GRU"),
  recurrent("LSTM"),
] as readonly unknown[] as readonly OpDefinition[];
