import { numel } from "../../ir/tensor.js";
import { offsetTable } from "../axis-loops.js";
import type { Kernel } from "../kernel.js";
import { type FilterAttributes, filterName } from "./op.js";

const filter: Kernel = {
  name: "filter",
  isa: "scalar",
  ops: [filterName],
  accept({ attrs, inputs, outputs }, target) {
    const { axis, ends, positions, weights } = attrs as FilterAttributes;
    const { shape } = inputs[0]!;
    const inner = numel(shape.slice(axis + 1));
    const flop = target.features.fpu === "none" ? 60 : 1;
    return {
      cost: numel(shape.slice(0, axis)) * inner * (ends.length * 6 + weights.length * (5 + 2 * flop)),
      reason: `${weights.length} taps for ${ends.length} positions`,
      lower: () =>
        numel(outputs[0]!.shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "filter/filter",
              values: {
                outer: numel(shape.slice(0, axis)),
                size: ends.length,
                inner,
                block: shape[axis] * inner,
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                offsetTable(
                  "positions",
                  positions.map((p) => p * inner),
                ),
                {
                  kind: "constant",
                  name: "weights",
                  dtype: "float32",
                  data: Float32Array.from(weights),
                  what: "filter weights",
                },
                {
                  kind: "constant",
                  name: "ends",
                  dtype: "uint32",
                  data: Uint32Array.from(ends),
                  what: "where the taps of each position end",
                },
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [filter];
