import { numel } from "../../ir/tensor.js";
import type { Target } from "../../target/target.js";
import type { Kernel, KernelParameter } from "../kernel.js";
import { type DftAttributes, dftPlan, type StftAttributes, stftPlan } from "./op.js";
import { passesOf } from "./passes.js";
import { twiddles } from "./twiddles.js";

const nothing = { template: "copy/nothing", values: {}, parameters: [] };

const table = (length: number, inverse: boolean): KernelParameter => ({
  kind: "constant",
  name: "twiddles",
  dtype: "float32",
  data: twiddles(length, inverse),
  what: `cos and ${inverse ? "" : "-"}sin of ${length} parts of a circle`,
});

/** Bytes of the two buffers that passes go between, each of all points. */
const scratchOf = (length: number): number => 2 * 8 * length;

/** Estimated instructions for one transform. */
function transformCost(length: number, target: Target): number {
  const perProduct = target.features.fpu === "none" ? 240 : 8;
  return passesOf(length).reduce(
    (sum, { radix }) => sum + length * perProduct * (radix <= 4 ? 2 : radix / 2),
    10 * length,
  );
}

/** Parameters that templates of transforms share: calls of the passes, between the buffers a and b. */
function passValues(length: number, inverse: boolean) {
  const passes = passesOf(length).map(({ radix, before, after }, i) => ({
    call: radix === 2 ? "vc_fft_pass2" : radix === 4 ? "vc_fft_pass4" : "vc_fft_pass_odd",
    before,
    after,
    last: radix === 2 ? "" : radix === 4 ? `, ${inverse ? "1.0f" : "-1.0f"}` : `, ${radix}U`,
    from: i % 2 === 0 ? "a" : "b",
    to: i % 2 === 0 ? "b" : "a",
  }));
  return { passes, result: passes.length % 2 === 0 ? "a" : "b" };
}

const passLibraries = (length: number): string[] => [
  ...new Set(
    passesOf(length).map(({ radix }) =>
      radix === 2 ? "fourier/pass2" : radix === 4 ? "fourier/pass4" : "fourier/pass-odd",
    ),
  ),
];

/** The twiddle factors and buffers of a transform; one of a single point has no passes. */
const transformParameters = (length: number, inverse: boolean): KernelParameter[] => [
  ...(length > 1 ? [table(length, inverse)] : []),
  { kind: "scratch", name: "a", ctype: "float" },
  ...(length > 1 ? [{ kind: "scratch", name: "b", ctype: "float", offset: 8 * length } as const] : []),
];

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
      cost: outer * inner * transformCost(length, target),
      reason: `${bins} bins of ${length} points`,
      scratch: scratchOf(length),
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
                partial: given > 0 && given < length,
                complex: complex && given > 0,
                real: !complex,
                ...passValues(length, inverse),
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
                ...(given > 0 ? [{ kind: "input", name: "x", index: 0 } as const] : []),
                ...transformParameters(length, inverse),
                { kind: "output", name: "y", index: 0 },
              ],
              uses: passLibraries(length),
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
      cost: shape[0] * frames * transformCost(length, target),
      reason: `${frames} frames of ${bins} bins, ${length} points each`,
      scratch: scratchOf(length),
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
                ...passValues(length, false),
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                ...(windowed ? [{ kind: "input", name: "window", index: 2 } as const] : []),
                ...transformParameters(length, false),
                { kind: "output", name: "y", index: 0 },
              ],
              uses: passLibraries(length),
            },
    };
  },
};

export const kernels: Kernel[] = [dft, stft];
