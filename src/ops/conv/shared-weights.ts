import type { ChannelGroups, KernelParameter } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { groupChannels } from "./stored-weights.js";

/** Weights of 4 bits are unpacked for as many channels as this many bytes hold: fewer gather windows more often. */
const mostScratch = 16384;
/** Fewer weights are stored as bytes. */
const fewest = 512;

/** Output channels whose weights are unpacked at once, a multiple of `unit`; undefined if they have more than 4 bits. */
export function nibbleChannels(
  { weights, plane }: FastConv,
  unit: number,
  channelBytes: number,
): number | undefined {
  const low = weights.reduce((a, b) => Math.min(a, b), 0);
  if (weights.length < fewest || weights.some((w) => w > low + 15)) return undefined;
  if (plane.outputChannels % unit !== 0) return undefined;
  return groupChannels(plane.outputChannels, unit, channelBytes, mostScratch);
}

interface SharedWeights {
  readonly parameter: KernelParameter;
  readonly groups?: ChannelGroups;
}

/**
 * The parameter `weights` for bytes in a kernel's order: a table, or for `count` groups of channels scratch
 * at `offset`, into which they are unpacked, 8 at a time: 4 low halves, then 4 high ones.
 */
export function sharedWeights(
  data: Int8Array,
  what: string,
  packed?: { readonly count: number; readonly offset: number },
): SharedWeights {
  if (!packed) {
    return { parameter: { kind: "constant", name: "weights", dtype: "int8", data, what } };
  }
  const { count, offset } = packed;
  const low = data.reduce((a, b) => Math.min(a, b), 0);
  const codes = Uint8Array.from({ length: data.length / 2 }, (_, i) => {
    const at = Math.floor(i / 4) * 8 + (i % 4);
    return (data[at] - low) | ((data[at + 4] - low) << 4);
  });
  const addend = ((128 + low) * 0x01010101) >>> 0;
  return {
    parameter: { kind: "scratch", name: "weights", ctype: "const int8_t", offset },
    groups: {
      count,
      decode: {
        template: "conv/unpack-nibbles",
        values: {},
        parameters: [
          {
            kind: "constant",
            name: "codes",
            dtype: "uint8",
            data: codes,
            what: `${what}, two to a byte`,
            step: codes.length / count,
          },
          { kind: "scalar", name: "count", ctype: "int32_t", value: `${data.length / count / 8}` },
          { kind: "scalar", name: "addend", ctype: "uint32_t", value: `0x${addend.toString(16)}U` },
          { kind: "scratch", name: "to", ctype: "int8_t", offset },
        ],
      },
    },
  };
}
