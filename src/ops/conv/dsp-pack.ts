import type { FastConv } from "./fast-view.js";
import type { Plane } from "./regions.js";

/** Steps of 4 inputs in a window: whole taps where the channels divide by 4, else the window in one piece. */
export const chunksOf = (p: Plane): number => Math.ceil((p.kernelHeight * p.kernelWidth * p.channels) / 4);

/** [pair of channels][4 inputs] as bytes c0k0 c1k0 c0k2 c1k2 c0k1 c1k1 c0k3 c1k3; zeros where K or the channels end. */
export function packPairs(conv: FastConv, chunks: number): Int8Array {
  const { depth, weights, plane } = conv;
  const order = [0, 2, 1, 3];
  const packed = new Int8Array(Math.ceil(plane.outputChannels / 2) * chunks * 8);
  let at = 0;
  for (let o = 0; o < plane.outputChannels; o += 2) {
    for (let k = 0; k < chunks * 4; k += 4) {
      for (const i of order) {
        for (const channel of [o, o + 1]) {
          const known = channel < plane.outputChannels && k + i < depth;
          packed[at++] = known ? weights[channel * depth + k + i] : 0;
        }
      }
    }
  }
  return packed;
}
