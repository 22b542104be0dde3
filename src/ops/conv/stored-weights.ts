import { type DType, dtypeInfo, type TypedArray } from "../../ir/dtype.js";
import { type ExactCodes, exactCodes } from "../../proof/exact-codes.js";
import { channelBlocks, lanesPerBlock } from "../channel-blocks.js";
import type { KernelCode, KernelParameter } from "../kernel.js";

/**
 * Weights as they are in flash, narrower than what is multiplied: [OC][depth] integers, each of which
 * stands for `(code + offset) * scale` in float32, or for `code - zero point`.
 */
export interface StoredWeights {
  /** `uint4`: two to a byte. */
  readonly dtype: DType;
  readonly codes: ArrayLike<number>;
  /** Weights of one output channel. */
  readonly depth: number;
  readonly scaled?: {
    readonly offset: number;
    /** One for all, or one for each run of each channel. */
    readonly scales: Float32Array;
    readonly run: number;
  };
  /** Of each output channel. */
  readonly zeroPoints?: Int16Array;
}

/** Float weights of fewer bytes are stored as they are. */
const fewestBytes = 512;
/** Bytes of scratch for decoded weights. */
const smallScratch = 8192;
const largeScratch = 32768;

const known = new WeakMap<Float32Array, { readonly exact: ExactCodes | undefined }>();

/** Float weights [OC][depth] as the integers they were dequantized from; undefined where they are stored as they are. */
export function storedFloats(
  weights: Float32Array,
  depth: number,
  /** Two neighbours in flash are of one group. */
  pairs: boolean,
): StoredWeights | undefined {
  if (weights.byteLength < fewestBytes) return undefined;
  const answer = known.get(weights) ?? { exact: exactCodes(weights, depth) };
  known.set(weights, answer);
  const { exact } = answer;
  if (!exact) return undefined;
  const { dtype, offset } = storageOf(exact, pairs);
  const bytes = weights.length * bytesOf(dtype) + exact.scales.byteLength;
  if (bytes > 0.75 * weights.byteLength) return undefined;
  const run = Math.min(exact.run, depth);
  return {
    dtype,
    codes: exact.codes.map((code) => code - offset),
    depth,
    scaled: { offset, scales: exact.scales, run },
  };
}

const bytesOf = (dtype: DType): number => (dtype === "uint4" ? 0.5 : dtypeInfo[dtype].bytes);

/** The narrowest type for codes in [min, max], and what is taken off them. */
function storageOf({ min, max }: ExactCodes, pairs: boolean): { dtype: DType; offset: number } {
  if (max - min < 16 && pairs) return { dtype: "uint4", offset: min };
  if (max - min < 256) return { dtype: "int8", offset: min < -128 || max > 127 ? min + 128 : 0 };
  return min >= -32768 && max <= 32767 ? { dtype: "int16", offset: 0 } : { dtype: "int32", offset: 0 };
}

/**
 * Output channels whose weights are decoded at once: a divisor of `channels` and a multiple of `unit`. As many
 * as a small scratch holds; where that is no whole block of 4, a larger scratch is worth its bytes.
 */
export function groupChannels(
  channels: number,
  unit: number,
  channelBytes: number,
  scratch = smallScratch,
): number {
  const divisors: number[] = [];
  for (let n = unit; n <= channels; n += unit) if (channels % n === 0) divisors.push(n);
  const fitting = (list: number[], bytes: number) => list.filter((n) => n * channelBytes <= bytes);
  const whole = divisors.filter((n) => n % lanesPerBlock === 0 || n === channels);
  return (
    fitting(whole, scratch).at(-1) ??
    fitting(whole, largeScratch)[0] ??
    fitting(divisors, scratch).at(-1) ??
    divisors[0]
  );
}

/**
 * Decodes the weights of `channels` output channels to float32 or int16 in scratch at 0. In each run of
 * `interleaved` channels blocks of 4 are interleaved: [block][depth][lane].
 */
export function decodeBlocks(stored: StoredWeights, channels: number, interleaved: number): KernelCode {
  const { depth, scaled, zeroPoints, codes } = stored;
  const outputs = codes.length / depth;
  const packed = interleave(outputs, interleaved, depth, (o, i) => codes[o * depth + i]);
  const nibbles = stored.dtype === "uint4";
  const single = scaled?.scales.length === 1;
  const runs = scaled && !single ? depth / scaled.run : 1;
  const perChannel = zeroPoints ?? scaled!.scales;
  const table = single
    ? perChannel
    : interleave(outputs, interleaved, runs, (o, i) => perChannel[o * runs + i]);
  const factors: KernelParameter = zeroPoints
    ? { ...constant("factors", "int16", Int16Array.from(table), "zero points of weights") }
    : { ...constant("factors", "float32", Float32Array.from(table), "scales of weights") };
  return {
    template: "conv/decode-blocks",
    values: {
      float: scaled !== undefined,
      ctype: scaled ? "float" : "int16_t",
      ftype: scaled ? "float" : "int16_t",
      nibbles,
      offset: scaled?.offset ? ` + ${scaled.offset}` : "",
      single,
      count: nibbles ? (channels * depth) / 2 : channels * depth,
      runs: runs > 1 ? runs : 0,
      run: depth / runs,
      repeat: !single && channels > interleaved ? channels / interleaved : 0,
      blocks: single ? [] : channelBlocks(interleaved).map((block) => blockOf(block, nibbles)),
    },
    parameters: [
      {
        ...constant(
          "codes",
          nibbles ? "uint8" : stored.dtype,
          storageOfCodes(stored.dtype, packed),
          codesText,
        ),
        step: nibbles ? (channels * depth) / 2 : channels * depth,
      },
      { ...factors, ...(single ? {} : { step: channels * runs }) },
      { kind: "scratch", name: "to", ctype: scaled ? "float" : "int16_t" },
    ],
  };
}

const codesText = "weights as integers, output channels interleaved";

function blockOf(
  { from, to, count, loop, lanes }: ReturnType<typeof channelBlocks>[number],
  nibbles: boolean,
) {
  return {
    ...{ from, to, count, loop },
    codes: nibbles ? count / 2 : count,
    lanes: lanes.map(({ lane }) => ({
      lane,
      code: nibbles
        ? lane % 2 === 0
          ? `(codes[${lane / 2}] & 15)`
          : `(codes[${(lane - 1) / 2}] >> 4)`
        : `codes[${lane}]`,
    })),
  };
}

const constant = (name: string, dtype: DType, data: TypedArray, what: string) =>
  ({ kind: "constant", name, dtype, data, what }) as const;

function storageOfCodes(dtype: DType, codes: readonly number[]): TypedArray {
  if (dtype === "uint4") {
    return Uint8Array.from({ length: codes.length / 2 }, (_, i) => codes[2 * i] | (codes[2 * i + 1] << 4));
  }
  const data = new dtypeInfo[dtype].array(codes.length);
  codes.forEach((code, i) => {
    data[i] = code;
  });
  return data;
}

/** [group][block of 4 channels][i][lane], of `outputs` channels in groups, the last block of a group with what is left. */
export function interleave(
  outputs: number,
  channels: number,
  size: number,
  valueAt: (channel: number, i: number) => number,
): number[] {
  const packed: number[] = [];
  for (let first = 0; first < outputs; first += channels) {
    for (const { from, to, count } of channelBlocks(channels)) {
      for (let o = first + from; o < first + to; o += count) {
        for (let i = 0; i < size; i++) {
          for (let lane = 0; lane < count; lane++) packed.push(valueAt(o + lane, i));
        }
      }
    }
  }
  return packed;
}
