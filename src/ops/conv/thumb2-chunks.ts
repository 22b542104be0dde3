import type { FastConv } from "./fast-view.js";

/**
 * Divides the inputs of a window into chunks whose sums of raw products fit a signed lane of so many bits in every
 * channel, from the actual weights: their lengths, all but the last the same multiple of `step`. The last takes
 * in what is left of `depth` beyond a multiple of `step`. Undefined if no such chunks exist, or if complete sums,
 * with half a lane added for each chunk, could leave int32.
 */
export function laneChunks(conv: FastConv, bits: number, step: number): readonly number[] | undefined {
  const { depth } = conv;
  const half = 2 ** (bits - 1);
  const steps = Math.floor(depth / step);
  for (let count = 1; count <= Math.max(steps, 1); count++) {
    const length = Math.ceil(steps / count) * step;
    if (count > 1 && Math.ceil((steps * step) / length) !== count) continue;
    const chunks = Array.from({ length: count }, (_, i) =>
      i < count - 1 ? length : depth - (count - 1) * length,
    );
    if (!fitLane(conv, chunks, half)) continue;
    return count * half + 2 ** 14 * depth < 2 ** 31 ? chunks : undefined;
  }
  return undefined;
}

/** Whether every chunk's sum of products by any int8 inputs lies in [-half, half), in all channels. */
function fitLane({ depth, weights, plane }: FastConv, chunks: readonly number[], half: number): boolean {
  for (let o = 0; o < plane.outputChannels; o++) {
    let k = o * depth;
    for (const length of chunks) {
      let positive = 0;
      let negative = 0;
      for (const end = k + length; k < end; k++) {
        if (weights[k] > 0) positive += weights[k];
        else negative -= weights[k];
      }
      if (128 * positive + 127 * negative > half || 127 * positive + 128 * negative >= half) return false;
    }
  }
  return true;
}
