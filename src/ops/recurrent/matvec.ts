import type { IsaName, Target } from "../../target/target.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { type MatVec, packedMatrices, packedSize, roundUp } from "../matvec.js";
import {
  gatesOf,
  type RecurrentAttributes,
  type RecurrentKind,
  type RecurrentShape,
  recurrentShape,
} from "./op.js";
import { lowerRecurrent, type OwnWeights, stateBytes } from "./scalar.js";

/** The rows of R that are multiplied at once: a GRU that resets before the product has its last gate apart. */
const stateParts = (kind: RecurrentKind, attrs: RecurrentAttributes, hidden: number): number[] =>
  kind === "GRU" && !attrs.linear_before_reset ? [2 * hidden, hidden] : [gatesOf[kind].length * hidden];

/** Element of W or R of a direction: gate row, input. */
export type WeightAt = (direction: number, row: number, k: number) => number;

export interface GateProducts {
  /** Bytes of scratch from `offset` on for the sums of all gates. */
  readonly bytes: number;
  /** Instructions of one step. */
  readonly cost: number;
  weights(w: WeightAt, r: WeightAt, offset: number): OwnWeights;
}

/** The products of all gates with x and with h in one call each, weights packed for `m`. */
export function gateProducts(
  m: MatVec,
  kind: RecurrentKind,
  attrs: RecurrentAttributes,
  { directions, input, hidden }: RecurrentShape,
): GateProducts {
  const rows = gatesOf[kind].length * hidden;
  const parts = stateParts(kind, attrs, hidden);
  const [first] = parts;
  const wRows = roundUp(rows, m.block);
  const rRows = parts.map((part) => roundUp(part, m.block));
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  const ctype = m.dtype === "float32" ? "float" : "int32_t";
  const all = Array.from({ length: directions }, (_, d) => d);
  return {
    bytes: 4 * (wRows + sum(rRows)),
    cost: m.cost * (wRows * roundUp(input, m.step) + sum(rRows) * roundUp(hidden, m.step)),
    weights: (w, r, offset) => {
      const wMatrices = all.map((d) => ({
        rows,
        depth: input,
        at: (row: number, k: number) => w(d, row, k),
      }));
      const rMatrices = all.flatMap((d) =>
        parts.map((part, i) => ({
          rows: part,
          depth: hidden,
          at: (row: number, k: number) => r(d, row + i * first, k),
        })),
      );
      const scratch = (name: string, at: number): KernelParameter => ({
        kind: "scratch",
        name,
        ctype,
        offset: at,
      });
      return {
        parameters: [
          packedMatrices(m, "w", wMatrices),
          packedMatrices(m, "r", rMatrices),
          scratch("input_sums", offset),
          scratch("state_sums", offset + 4 * wRows),
        ],
        values: {
          matvec: m.name,
          wRows,
          rRows: rRows[0],
          lastRows: rRows[1] ?? 0,
          inputDepth: roundUp(input, m.step),
          stateDepth: roundUp(hidden, m.step),
          wSize: packedSize(m, rows, input),
          rSize: sum(parts.map((part) => packedSize(m, part, hidden))),
          lastR: packedSize(m, first, hidden),
          lastSums: rRows[0],
        },
        uses: [m.uses],
      };
    },
  };
}

/** RNN, GRU and LSTM with constant weights, each loaded once for a step. */
export const recurrentMatvec = (isa: IsaName, helper: (target: Target) => MatVec | undefined): Kernel => ({
  name: "recurrent-matvec",
  isa,
  ops: Object.keys(gatesOf),
  accept(view, target) {
    const { node, attrs, inputs } = view as NodeView<RecurrentAttributes>;
    const m = helper(target);
    if (!m) return { refused: "no float32 arithmetic in hardware" };
    const [w, r] = [inputs[1]!.data as Float32Array | undefined, inputs[2]!.data as Float32Array | undefined];
    if (!w || !r) return { refused: "weights are computed at run time" };
    const kind = node.op as RecurrentKind;
    const shape = recurrentShape(inputs[0]!, inputs[2]!, attrs);
    const { directions, time, batch, input, hidden } = shape;
    const rows = gatesOf[kind].length * hidden;
    const products = gateProducts(m, kind, attrs, shape);
    const offset = stateBytes(kind, hidden);
    return {
      cost: directions * time * batch * (products.cost + rows * 60),
      reason: `${kind}, ${hidden} units, ${time} steps, ${m.block} rows at a time`,
      scratch: offset + products.bytes,
      lower: () =>
        lowerRecurrent(
          view as NodeView<RecurrentAttributes>,
          kind,
          shape,
          products.weights(
            (d, row, k) => w[(d * rows + row) * input + k],
            (d, row, k) => r[(d * rows + row) * hidden + k],
            offset,
          ),
        ),
    };
  },
});
