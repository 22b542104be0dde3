import type { DType } from "../ir/dtype.js";
import { type AttributeReader, OpError } from "./op.js";

/**
 * How an int32 accumulator becomes a quantized output:
 * `y = clamp(rne(float32(acc) * scale) + zeroPoint, min, max)`, with `rne` rounding half to even and
 * both float32 operations rounded to nearest even. A fused ReLU or Clip narrows `min` and `max`.
 */
export interface Requantize {
  readonly kind: "requantize";
  readonly dtype: "int8" | "uint8" | "int16" | "uint16";
  /** float32 values, finite and not negative: one for all output channels, or one for each. */
  readonly scales: readonly number[];
  readonly zeroPoint: number;
  /** Quantized bounds of the output, within the range of `dtype`. */
  readonly min: number;
  readonly max: number;
}

/** The int32 accumulator itself. */
interface Int32Output {
  readonly kind: "int32";
}

/** The float32 sum of a float32 operator. */
interface Float32Output {
  readonly kind: "float32";
}

/** What an accumulating kernel-stage operator does with its sums: integer inputs take the first two, float32 the last. */
export type AccumulatorOutput = Requantize | Int32Output | Float32Output;

export const outputDType = (output: AccumulatorOutput): DType =>
  output.kind === "requantize" ? output.dtype : output.kind;

/** Rounds to the nearest integer, halves to the even one. Exact for every finite number. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** One accumulator requantized with the scale of `channel`. */
export function requantize(acc: number, channel: number, to: Requantize): number {
  const scale = to.scales.length === 1 ? to.scales[0] : to.scales[channel];
  const scaled = Math.fround(Math.fround(acc) * scale);
  return Math.min(Math.max(roundHalfEven(scaled) + to.zeroPoint, to.min), to.max);
}

/** Reads an `output` attribute that an earlier stage made. */
export const outputAttribute: AttributeReader<AccumulatorOutput> = (value, name) => {
  const kind = (value as AccumulatorOutput | undefined)?.kind;
  if (kind !== "requantize" && kind !== "int32" && kind !== "float32") {
    throw new OpError(`attribute "${name}" must be a requantize, int32 or float32 output`);
  }
  return value as AccumulatorOutput;
};

/**
 * Refuses an output that does not fit its operator: `float` says whether the sums are float32,
 * `channels` how many output channels there are.
 */
export function checkOutput(output: AccumulatorOutput, float: boolean, channels: number): void {
  if ((output.kind === "float32") !== float) {
    throw new OpError(`a ${output.kind} output does not fit ${float ? "float32" : "integer"} inputs`);
  }
  const problem = output.kind === "requantize" ? requantizeProblem(output, channels) : undefined;
  if (problem) throw new OpError(problem);
}

/** What is wrong with a requantization to `channels` output channels, if anything is. */
export function requantizeProblem(to: Requantize, channels: number): string | undefined {
  if (to.scales.length !== 1 && to.scales.length !== channels) {
    return `${to.scales.length} requantization scales for ${channels} output channels`;
  }
  const bad = to.scales.find((s) => !(s >= 0 && Number.isFinite(s)) || Math.fround(s) !== s);
  return bad === undefined ? undefined : `requantization scale ${bad} is not a finite float32 >= 0`;
}
