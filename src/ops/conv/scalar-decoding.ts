import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { isDepthwise, type ScalarConvolution, wZeroPointOf } from "./scalar-code.js";
import { groupChannels, type StoredWeights, storedFloats } from "./stored-weights.js";

/** How the weights are decoded in front of the kernel, if they are stored narrower than it takes them. */
export interface Decoding {
  readonly stored: StoredWeights;
  readonly dtype: "float32" | "int16";
  /** Output channels decoded at once. */
  readonly channels: number;
  /** Those of them, all or those of a group of the convolution, that are divided into blocks. */
  readonly interleaved: number;
}

export function decodingOf(c: ScalarConvolution): Decoding | undefined {
  const outputs = c.weights.shape[0];
  const depth = numel(c.weights.shape.slice(1));
  const float = c.output.kind === "float32";
  const grouped = c.group > 1 && !isDepthwise(c);
  const dtype = float ? "float32" : "int16";
  const unit = grouped ? outputs / c.group : 1;
  const channels = groupChannels(outputs, unit, depth * dtypeInfo[dtype].bytes);
  const interleaved = grouped ? unit : channels;
  const stored = float
    ? storedFloats(c.weights.data as Float32Array, depth, interleaved % 2 === 0)
    : storedWithZeroPoints(c);
  return stored && { stored, dtype, channels, interleaved };
}

/** 8-bit weights whose differences from their zero points need 16 bits. */
function storedWithZeroPoints(c: ScalarConvolution): StoredWeights | undefined {
  const { dtype, data, shape } = c.weights;
  if (dtypeInfo[dtype].bytes > 1 || c.wZeroPoints.every((z) => z === 0)) return undefined;
  const depth = numel(shape.slice(1));
  const zeroPoints = Int16Array.from({ length: shape[0] }, (_, o) => wZeroPointOf(c, o));
  const codes = data as Int8Array | Uint8Array;
  return codes.length >= 512 && codes.some((w, i) => Math.abs(w - zeroPoints[Math.floor(i / depth)]) > 127)
    ? { dtype, codes, depth, zeroPoints }
    : undefined;
}

export const decodingNote = ({ stored, dtype, channels }: Decoding): string =>
  `weights: ${stored.dtype} in flash, decoded to ${dtype} for ${channels} output channels at a time`;
