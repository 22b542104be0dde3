import { type Tensor, tensor } from "../../ir/tensor.js";
import type { ConvAttributes } from "../../ops/conv/kernel-op.js";
import type { AccumulatorOutput } from "../../ops/requantize.js";
import { type ConvChannels, zeroPointOf } from "./conv-channels.js";
import { type Channels, contribution } from "./known.js";

/** Channels of a convolution's input or output. */
interface Side {
  /** Those that stay, in order. */
  readonly kept: readonly number[];
  /** Nothing depends on the channel; if it stays, it may hold anything. */
  isDead(channel: number): boolean;
  readonly known: Channels;
}

interface ShrunkConv {
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
  readonly attrs: ConvAttributes;
}

/**
 * The convolution on the channels that stay, with what dead inputs add folded into the bias. Dead
 * channels that stay get zero weights on both sides. Undefined if no channel is dead.
 */
export function shrinkConv(conv: ConvChannels, x: Side, y: Side): ShrunkConv | undefined {
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  const anyDead = range(conv.inputs).some((c) => x.isDead(c)) || range(conv.outputs).some((o) => y.isDead(o));
  if (!anyDead) return undefined;
  const { attrs, taps } = conv;
  const groups = new Set(y.kept.map((o) => Math.floor(o / conv.groupOutputs)));
  const inputsOf = (o: number) => {
    const group = Math.floor(o / conv.groupOutputs);
    return x.kept.filter((c) => Math.floor(c / conv.groupInputs) === group);
  };
  const groupInputs = inputsOf(y.kept[0]).length;
  const weights: number[] = [];
  const bias: number[] = [];
  const folded = range(conv.inputs).map((c) => (x.isDead(c) ? x.known[c] : undefined));
  for (const o of y.kept) {
    const inputs = inputsOf(o);
    for (let tap = 0; tap < taps; tap++) {
      for (const c of inputs) {
        const none = y.isDead(o) || x.isDead(c);
        weights.push(zeroPointOf(conv, o) + (none ? 0 : conv.weight(o, tap, c % conv.groupInputs)));
      }
    }
    const own = Number(conv.bias?.data[o] ?? 0);
    bias.push(y.isDead(o) ? 0 : (own + contribution(conv, o, conv.cases[0], folded)) | 0);
  }
  const pick = (perChannel: readonly number[]) =>
    perChannel.length === 1 ? perChannel : y.kept.map((o) => perChannel[o]);
  const shape = [y.kept.length, ...conv.weights.shape.slice(1, -1), groupInputs];
  return {
    weights: tensor(conv.weights.dtype, shape, weights),
    bias: conv.bias || bias.some((b) => b !== 0) ? tensor("int32", [bias.length], bias) : undefined,
    attrs: {
      ...attrs,
      group: groups.size,
      wZeroPoints: pick(attrs.wZeroPoints),
      output: pickOutput(attrs.output, pick),
    },
  };
}

const pickOutput = (
  output: AccumulatorOutput,
  pick: (perChannel: readonly number[]) => readonly number[],
): AccumulatorOutput => (output.kind === "requantize" ? { ...output, scales: pick(output.scales) } : output);
