import { numel } from "../../ir/tensor.js";
import type { Target } from "../../target/target.js";
import type { Kernel, KernelParameter } from "../kernel.js";
import { type DftAttributes, dftPlan, type StftAttributes, stftPlan } from "./op.js";
import { twiddles } from "./twiddles.js";

const nothing = { template: "copy/nothing", values: {}, parameters: [] };

const table = (length: number, inverse: boolean): KernelParameter => ({
  kind: "constant",
  name: "twiddles",
  dtype: "float32",
  data: twiddles(length, inverse),
  what: `cos and ${inverse ? "" : "-"}sin of ${length} parts of a circle`,
});

/** Instructions for one point of one bin. */
const pointCost = (target: Target, complex: boolean): number =>
  (target.features.fpu === "none" ? 240 : 12) * (complex ? 2 : 1);

/** Straight from the definition: every bin runs over all points, stepping through one table. */
const dft: Kernel = {
  name: "dft",
  isa: "scalar",
  ops: ["DFT"],
  accept({ attrs, inputs, outputs }, target) {
    const { inverse } = attrs as DftAttributes;
    const { shape } = inputs[0]!;
    const { axis, length, bins, toReal } = dftPlan(inputs, attrs as DftAttributes);
    const complex = shape.at(-1) === 2;
    const given = Math.min(shape[axis], toReal ? Math.floor(length / 2) + 1 : length);
    const [outer, inner] = [numel(shape.slice(0, axis)), numel(shape.slice(axis + 1, -1))];
    return {
      cost: outer * inner * bins * (toReal ? length : given) * pointCost(target, complex),
      reason: `${bins} bins of ${length} points`,
      lower: () =>
        numel(outputs[0]!.shape) === 0
          ? nothing
          : {
              template: "fourier/dft",
              values: {
                outer,
                inner,
                length,
                bins,
                given,
                complex,
                toReal,
                inverse,
                block: shape[axis] * inner * (complex ? 2 : 1),
                stride: inner * (complex ? 2 : 1),
                parts: complex ? 2 : 1,
                outputParts: toReal ? 1 : 2,
                // Bins above the middle mirror the given ones from here down.
                mirrorFrom: Math.floor(length / 2) + 1,
              },
              parameters: [
                ...(given > 0
                  ? [{ kind: "input", name: "x", index: 0 } as const, table(length, inverse)]
                  : []),
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

const stft: Kernel = {
  name: "stft",
  isa: "scalar",
  ops: ["STFT"],
  accept({ attrs, inputs, outputs }, target) {
    const { shape } = inputs[0]!;
    const { step, length, frames, bins } = stftPlan(inputs, attrs as StftAttributes);
    const parts = shape[2];
    const windowed = inputs[2] !== undefined;
    return {
      cost: shape[0] * frames * bins * length * pointCost(target, parts === 2),
      reason: `${frames} frames of ${bins} bins, ${length} points each`,
      ...(windowed ? { scratch: length * parts * 4 } : {}),
      lower: () =>
        numel(outputs[0]!.shape) === 0
          ? nothing
          : {
              template: "fourier/stft",
              values: {
                batches: shape[0],
                samples: shape[1],
                step,
                length,
                frames,
                bins,
                parts,
                complex: parts === 2,
                windowed,
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                table(length, false),
                ...(windowed
                  ? ([
                      { kind: "input", name: "window", index: 2 },
                      { kind: "scratch", name: "frame", ctype: "float" },
                    ] as const)
                  : []),
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [dft, stft];
