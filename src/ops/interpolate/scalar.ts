import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { axisLoops, offsetTable } from "../axis-loops.js";
import type { Kernel } from "../kernel.js";
import { type InterpolateAttributes, interpolateName } from "./op.js";

/** Weights of all combinations of neighbours once for each output position, then a run of elements. */
const interpolate: Kernel = {
  name: "interpolate",
  isa: "scalar",
  ops: [interpolateName],
  accept({ attrs, inputs, outputs }, target) {
    const [x, output] = [inputs[0]!, outputs[0]!];
    const { lines, fill } = attrs as InterpolateAttributes;
    const { loops, inner } = axisLoops(x.shape, output.shape, (axis) => lines.some((l) => l.axis === axis));
    const terms = 2 ** lines.length;
    const counterOf = (axis: number) => loops.find((loop) => loop.axis === axis)!.counter;
    const combinations = Array.from({ length: terms }, (_, n) => ({
      n,
      first: n === 0,
      // The last line's neighbours alternate fastest; its weight is the first factor.
      factors: [...lines].reverse().map(({ axis }, k) => ({
        counter: counterOf(axis),
        neighbour: (n >> k) & 1,
        first: k === 0,
      })),
    }));
    const flop = target.features.fpu === "none" ? 60 : 1;
    return {
      cost: (numel(output.shape) / inner) * (terms * 8 + inner * terms * (2 + 2 * flop)),
      reason: `${lines.length} axes, runs of ${inner}`,
      lower() {
        if (numel(output.shape) === 0) return { template: "copy/nothing", values: {}, parameters: [] };
        const tables = lines.flatMap((line) => {
          const loop = loops.find(({ axis }) => axis === line.axis)!;
          const offsets = line.positions.map((p) => (p < 0 ? -1 : p * loop.stride));
          return [
            offsetTable(`p${loop.counter}`, offsets, fill !== undefined),
            {
              kind: "constant",
              name: `w${loop.counter}`,
              dtype: "float32",
              data: Float32Array.from(line.weights),
              what: "weights of the two neighbours",
            } as const,
          ];
        });
        return {
          template: "interpolate/interpolate",
          values: {
            type: dtypeInfo[output.dtype].c,
            inner,
            fill: fill !== undefined,
            loops,
            lines: lines.map(({ axis }, i) => ({ counter: counterOf(axis), first: i === 0 })),
            plain: loops.filter((loop) => loop.axis === undefined),
            combinations,
          },
          parameters: [
            { kind: "input", name: "x", index: 0 },
            ...tables,
            ...(fill === undefined ? [] : [{ kind: "input", name: "fill", index: fill } as const]),
            { kind: "output", name: "y", index: 0 },
          ],
        };
      },
    };
  },
};

export const kernels: Kernel[] = [interpolate];
