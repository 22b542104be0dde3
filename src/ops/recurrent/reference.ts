import { type Tensor, zeros } from "../../ir/tensor.js";
import { exp } from "../../math/exp.js";
import { log } from "../../math/log.js";
import { sigmoid } from "../../math/sigmoid.js";
import { tanh } from "../../math/tanh.js";
import type { Reference } from "../op.js";
import type { Activation } from "./activations.js";
import {
  directionActivations,
  gatesOf,
  type RecurrentAttributes,
  type RecurrentKind,
  type RecurrentShape,
  recurrentShape,
} from "./op.js";

const f = Math.fround;

/** An activation in float32, each operation rounded. */
function activate({ name, alpha, beta }: Activation, x: number): number {
  switch (name) {
    case "Affine":
      return f(f(alpha * x) + beta);
    case "Elu":
      return x < 0 ? f(alpha * f(exp(x) - 1)) : x;
    case "HardSigmoid":
      return Math.min(Math.max(f(f(alpha * x) + beta), 0), 1);
    case "LeakyRelu":
      return x < 0 ? f(alpha * x) : x;
    case "Relu":
      // biome-ignore lint/complexity/useMathMinMax: -0 and NaN stay as they are
      return x < 0 ? 0 : x;
    case "ScaledTanh":
      return f(alpha * tanh(f(beta * x)));
    case "Sigmoid":
      return sigmoid(x);
    case "Softplus":
      return log(f(1 + exp(x)));
    case "Softsign":
      return f(x / f(1 + Math.abs(x)));
    case "Tanh":
      return tanh(x);
    case "ThresholdedRelu":
      return x > alpha ? x : 0;
  }
}

/** Products of one direction's weights; `row` is a gate's row of W or R over all directions. */
export interface Products {
  /** Of row and x, which starts at element `from` of X. */
  input(from: number, row: number): number;
  /** Of row and the state [H]. */
  state(h: Float32Array, row: number): number;
}

/** Sums from left to right, every product and sum rounded. */
function floatProducts(x: Float32Array, w: Float32Array, r: Float32Array, shape: RecurrentShape): Products {
  const dot = (a: Float32Array, aFrom: number, b: Float32Array, bFrom: number, count: number): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = f(sum + f(a[aFrom + i] * b[bFrom + i]));
    return sum;
  };
  const { input, hidden } = shape;
  return {
    input: (from, row) => dot(x, from, w, row * input, input),
    state: (h, row) => dot(h, 0, r, row * hidden, hidden),
  };
}

/** One direction's weights and how to index them. */
interface Cell {
  readonly kind: RecurrentKind;
  readonly attrs: RecurrentAttributes;
  readonly shape: RecurrentShape;
  readonly direction: number;
  readonly activations: readonly Activation[];
  readonly products: Products;
  readonly b?: Float32Array;
  readonly p?: Float32Array;
}

const clipped = ({ attrs: { clip } }: Cell, x: number): number =>
  clip === undefined ? x : Math.min(Math.max(x, -clip), clip);

/** The row of gate g and unit j: x W + h R + Wb + Rb, in this order. */
function gate(cell: Cell, from: number, h: Float32Array, g: number, j: number): number {
  const sum = f(inputPart(cell, from, g, j) + statePart(cell, h, g, j));
  return cell.b ? f(f(sum + wBias(cell, g, j)) + rBias(cell, g, j)) : sum;
}

const row = ({ kind, shape, direction }: Cell, g: number, j: number): number =>
  (direction * gatesOf[kind].length + g) * shape.hidden + j;

const inputPart = (cell: Cell, from: number, g: number, j: number): number =>
  cell.products.input(from, row(cell, g, j));

const statePart = (cell: Cell, h: Float32Array, g: number, j: number): number =>
  cell.products.state(h, row(cell, g, j));

const biasAt = ({ kind, shape, direction, b }: Cell, g: number, j: number): number =>
  b ? b[(direction * 2 * gatesOf[kind].length + g) * shape.hidden + j] : 0;
const wBias = (cell: Cell, g: number, j: number): number => biasAt(cell, g, j);
const rBias = (cell: Cell, g: number, j: number): number => biasAt(cell, gatesOf[cell.kind].length + g, j);

type State = { h: Float32Array; c: Float32Array };

function stepRnn(cell: Cell, from: number, state: State): State {
  const h = state.h.map((_, j) =>
    activate(cell.activations[0], clipped(cell, gate(cell, from, state.h, 0, j))),
  );
  return { ...state, h };
}

function stepGru(cell: Cell, from: number, { h, c }: State): State {
  const [first, second] = cell.activations;
  const z = h.map((_, j) => activate(first, clipped(cell, gate(cell, from, h, 0, j))));
  const r = h.map((_, j) => activate(first, clipped(cell, gate(cell, from, h, 1, j))));
  const reset = h.map((value, j) => f(r[j] * value));
  const next = h.map((value, j) => {
    let sum: number;
    if (cell.attrs.linear_before_reset) {
      const state = cell.b ? f(statePart(cell, h, 2, j) + rBias(cell, 2, j)) : statePart(cell, h, 2, j);
      const input = inputPart(cell, from, 2, j);
      sum = f((cell.b ? f(input + wBias(cell, 2, j)) : input) + f(r[j] * state));
    } else {
      sum = gate(cell, from, reset, 2, j);
    }
    const candidate = activate(second, clipped(cell, sum));
    return f(f(f(1 - z[j]) * candidate) + f(z[j] * value));
  });
  return { h: next, c };
}

function stepLstm(cell: Cell, from: number, state: State): State {
  const [first, second, third] = cell.activations;
  const { hidden } = cell.shape;
  const peephole = (which: number, j: number, c: number): number =>
    cell.p ? f(cell.p[(cell.direction * 3 + which) * hidden + j] * c) : 0;
  const at = (g: number, j: number, which: number, c: number): number => {
    const sum = gate(cell, from, state.h, g, j);
    return clipped(cell, cell.p ? f(sum + peephole(which, j, c)) : sum);
  };
  const c = state.c.map((old, j) => {
    const i = activate(first, at(0, j, 0, old));
    const forget = activate(first, at(2, j, 2, old));
    const candidate = activate(second, clipped(cell, gate(cell, from, state.h, 3, j)));
    return f(f(forget * old) + f(i * candidate));
  });
  const h = c.map((value, j) => f(activate(first, at(1, j, 1, value)) * activate(third, value)));
  return { h, c };
}

const steps = { RNN: stepRnn, GRU: stepGru, LSTM: stepLstm };

/** Steps through time for every direction and sequence. Positions past a sequence's length hold 0. */
export function runRecurrent(
  kind: RecurrentKind,
  [, , , b, lengths, initialH, initialC, p]: readonly (Tensor | undefined)[],
  attrs: RecurrentAttributes,
  shape: RecurrentShape,
  products: readonly Products[],
): Tensor[] {
  const { directions, time, batch, input, hidden, batchFirst } = shape;
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const y = zeros(
    "float32",
    batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden],
  );
  const [yh, yc] = [zeros("float32", state), zeros("float32", state)];
  const activations = directionActivations(kind, attrs);
  for (let d = 0; d < directions; d++) {
    const cell: Cell = {
      kind,
      attrs,
      shape,
      direction: d,
      activations: activations[d],
      products: products[d],
      b: floats(b),
      p: floats(p),
    };
    const reverse = attrs.direction === "reverse" || d === 1;
    for (let n = 0; n < batch; n++) {
      const stateAt = (batchFirst ? n * directions + d : d * batch + n) * hidden;
      const initial = (t: Tensor | undefined) =>
        floats(t)?.slice(stateAt, stateAt + hidden) ?? new Float32Array(hidden);
      let current: State = { h: initial(initialH), c: initial(initialC) };
      const length = lengths ? Math.min(Math.max(Number(lengths.data[n]), 0), time) : time;
      for (let s = 0; s < length; s++) {
        const t = reverse ? length - 1 - s : s;
        current = steps[kind](cell, (batchFirst ? n * time + t : t * batch + n) * input, current);
        const at = batchFirst ? (n * time + t) * directions + d : (t * directions + d) * batch + n;
        (y.data as Float32Array).set(current.h, at * hidden);
      }
      (yh.data as Float32Array).set(current.h, stateAt);
      (yc.data as Float32Array).set(current.c, stateAt);
    }
  }
  return [y, yh, yc];
}

const floats = (t: Tensor | undefined) => t?.data as Float32Array | undefined;

const recurrent =
  (kind: RecurrentKind): Reference<RecurrentAttributes> =>
  (inputs, attrs, outputs) => {
    const [x, w, r] = inputs;
    const shape = recurrentShape(x!, r!, attrs);
    const products = floatProducts(floats(x)!, floats(w)!, floats(r)!, shape);
    const both = Array.from({ length: shape.directions }, () => products);
    return runRecurrent(kind, inputs, attrs, shape, both).slice(0, outputs);
  };

export const references = {
  RNN: recurrent("RNN"),
  GRU: recurrent("GRU"),
  LSTM: recurrent("LSTM"),
} as unknown as Record<string, Reference>;
