import { dtypeInfo } from "../ir/dtype.js";
import type { Target } from "../target/target.js";
import type { KernelParameter } from "./kernel.js";
import { type AccumulatorOutput, outputDType } from "./requantize.js";

/** What templates/ops/conv/store.c.hbs needs to turn accumulators into outputs. */
export interface Store {
  readonly values: {
    readonly requantize: boolean;
    /** Scales differ between output channels. */
    readonly perChannel: boolean;
    readonly min: number;
    readonly max: number;
    /** Type of the output. */
    readonly ctype: string;
    /** Makes the accumulator an int32_t. */
    readonly cast: string;
    /** The bias comes after the sum, as float32 operators have it. */
    readonly addBias: boolean;
  };
  readonly parameters: readonly KernelParameter[];
  readonly uses: readonly string[];
  /** Instructions for an output. */
  readonly cost: number;
}

/** `wraps`: the accumulator is a uint32_t, which holds an int32 that may wrap. */
export function storeOf(
  output: AccumulatorOutput,
  target: Target,
  options: { readonly wraps: boolean; readonly bias: boolean },
): Store {
  const requantize = output.kind === "requantize";
  return {
    values: {
      requantize,
      perChannel: requantize && output.scales.length > 1,
      min: requantize ? output.min : 0,
      max: requantize ? output.max : 0,
      ctype: dtypeInfo[outputDType(output)].c,
      cast: options.wraps ? "(int32_t)" : "",
      addBias: options.bias && output.kind === "float32",
    },
    parameters: requantize
      ? [
          {
            kind: "constant",
            name: "scales",
            dtype: "float32",
            data: Float32Array.from(output.scales),
            what: "requantization scales",
          },
          { kind: "scalar", name: "zero_point", ctype: "int32_t", value: `${output.zeroPoint}` },
        ]
      : [],
    uses: requantize ? ["requantize/float"] : [],
    cost: requantize ? (target.features.fpu === "none" ? 150 : 14) : 2,
  };
}
