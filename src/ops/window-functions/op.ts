import type { DType } from "../../ir/dtype.js";
import { dtypeAttribute } from "../data-type.js";
import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { constantScalar, outputInfo } from "../operands.js";

export type WindowFunctionAttributes = { readonly output_datatype: DType; readonly periodic: boolean };

/** ONNX HannWindow, HammingWindow and BlackmanWindow: the samples of a window. `size` is constant. */
const windowFunction = (name: string): OpDefinition =>
  defineOp<WindowFunctionAttributes>({
    name,
    opsets: [17, 28],
    attributes: { output_datatype: dtypeAttribute<DType>("float32"), periodic: attr.bool(true) },
    inputs: [1, 1],
    infer: (inputs, attrs) => [outputInfo(attrs.output_datatype, [constantScalar(inputs, 0, "size")!])],
  });

export type MelWeightMatrixAttributes = { readonly output_datatype: DType };

/** The operands of a MelWeightMatrix. */
export interface MelParameters {
  readonly bins: number;
  readonly dftLength: number;
  readonly sampleRate: number;
  readonly lowerHertz: number;
  readonly upperHertz: number;
}

export function melParameters(inputs: readonly (ValueInfo | undefined)[]): MelParameters {
  const [bins, dftLength, sampleRate, lowerHertz, upperHertz] = [
    "num_mel_bins",
    "dft_length",
    "sample_rate",
    "lower_edge_hertz",
    "upper_edge_hertz",
  ].map((name, i) => constantScalar(inputs, i, name)!);
  return { bins, dftLength, sampleRate, lowerHertz, upperHertz };
}

/** ONNX MelWeightMatrix: [dft_length / 2 + 1, num_mel_bins] triangular filters. All operands are constant. */
const melWeightMatrix = defineOp<MelWeightMatrixAttributes>({
  name: "MelWeightMatrix",
  opsets: [17, 28],
  attributes: { output_datatype: dtypeAttribute<DType>("float32") },
  inputs: [5, 5],
  infer(inputs, attrs) {
    const { bins, dftLength, sampleRate, lowerHertz, upperHertz } = melParameters(inputs);
    const spectrum = Math.floor(dftLength / 2) + 1;
    const bin = (hertz: number) => Math.floor(((dftLength + 1) * hertz) / sampleRate);
    const fits = (hertz: number) => bin(hertz) >= 0 && bin(hertz) < spectrum;
    if (!(sampleRate > 0 && lowerHertz <= upperHertz && fits(lowerHertz) && fits(upperHertz))) {
      throw new OpError(
        `filters from ${lowerHertz} to ${upperHertz} Hz do not fit ${sampleRate} Hz and a DFT of ${dftLength}`,
      );
    }
    return [outputInfo(attrs.output_datatype, [spectrum, bins])];
  },
});

export const ops: readonly OpDefinition[] = [
  ...["HannWindow", "HammingWindow", "BlackmanWindow"].map(windowFunction),
  melWeightMatrix,
];
