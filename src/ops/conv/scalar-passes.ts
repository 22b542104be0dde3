import { numel, type Shape } from "../../ir/tensor.js";
import { type ChannelBlock, channelBlocks } from "../channel-blocks.js";
import { span } from "../window.js";
import type { WindowLoop } from "../window-loops.js";

/** What the loops of a scalar convolution depend on. */
export interface Geometry {
  readonly x: Shape;
  /** [OC, ...kernel, C/group] */
  readonly weights: Shape;
  readonly outputs: number;
  /** Output channels of a group; of all groups for a depthwise convolution. */
  readonly channels: number;
  readonly depthwise: boolean;
  readonly grouped: boolean;
  readonly loops: readonly WindowLoop[];
}

interface PassLoop extends WindowLoop {
  readonly xStride: number;
}

/** All output channels at one position, or at two neighbours on the last axis that share every weight. */
export interface Pass {
  readonly axis: number;
  /** Output positions, and how far y moves on. */
  readonly count: number;
  readonly advance: number;
  readonly loops: readonly PassLoop[];
  /** Elements of x in the innermost loop, as a C expression; "" where its steps are written out. */
  readonly run: string;
  readonly blocks: readonly unknown[];
}

/** Two positions at a time, where both windows lie inside the last axis: from `from` to before `to`. */
export interface PairPass extends Pass {
  readonly from: number;
  readonly to: number;
  /** There are no other positions. */
  readonly alone: boolean;
}

/** The passes of a convolution; `pairs` if the core has registers for two positions at a time. */
export function passesOf(g: Geometry, pairs: boolean): { pair?: PairPass; single?: Pass } {
  const loops = g.loops.map((loop, axis) => ({ ...loop, xStride: numel(g.x.slice(axis + 2)) }));
  const last = loops[loops.length - 1];
  const single = () => passOf(g, loops, 1);
  if (!pairs || last.transposed || last.out < 2) return { single: single() };
  const from = Math.ceil(last.pad / last.stride);
  const reach = last.in + last.pad - span(last.kernel, last.dilation);
  const to = Math.min(last.out - 1, Math.floor(reach / last.stride));
  if (to <= from) return { single: single() };
  const alone = from === 0 && to === last.out - 1 && last.out % 2 === 0;
  const start = `(o${last.axis} * ${last.stride} - ${last.pad})`;
  const inside = last.clip
    ? { first: "0", start, end: `${last.kernel}`, position: last.kernel > 1 ? last.position : start }
    : {};
  const whole = { ...last, ...inside, clip: false, loop: last.kernel > 1 };
  const tap = whole.loop ? last.tap : "0";
  const pair = { ...passOf(g, [...loops.slice(0, -1), { ...whole, tap }], 2), from, to, alone };
  return alone ? { pair } : { pair, single: single() };
}

function passOf(g: Geometry, loops: readonly PassLoop[], count: number): Pass {
  const last = loops[loops.length - 1];
  const inner = innermost(g, last);
  const positions = ["a", "b"].slice(0, count).map((name, i) => ({
    name,
    x: i * last.stride * last.xStride,
    y: i * g.outputs,
  }));
  const merged = [...loops.slice(0, -1), inner.loop];
  return {
    axis: last.axis,
    count,
    advance: count * g.outputs,
    loops: merged,
    run: inner.run,
    blocks: channelBlocks(g.channels).map((block) => blockOf(g, block, merged, inner.steps, positions)),
  };
}

interface Position {
  readonly name: string;
  /** Elements from the first position's x and y. */
  readonly x: number;
  readonly y: number;
}

function blockOf(
  g: Geometry,
  { from, to, count, loop, lanes }: ChannelBlock,
  loops: readonly PassLoop[],
  steps: readonly number[],
  positions: readonly Position[],
) {
  const starts = positions.flatMap(({ name }) => lanes.map(({ lane }) => ({ sum: `${name}${lane}`, lane })));
  return {
    ...{ from, to, count, loop, starts },
    weightStrides: loops.flatMap(({ tap }, axis) =>
      tap === "0" ? [] : [{ tap, stride: numel(g.weights.slice(axis + 2)) * count }],
    ),
    steps: steps.map((x, step) => stepOf(g, step, x, count, positions)),
    xStep: steps.length,
    wStep: steps.length * count,
    sums: starts.map(({ sum }) => sum),
    stores: positions.map(({ name, y }, i) => ({
      id: name,
      sum: i === 0 ? "sums[i]" : `sums[i + ${i * count}]`,
      to: i === 0 ? "i" : `i + ${y}`,
    })),
  };
}

/** Longest row of taps that is written out; runs are unrolled by at most 4. */
const longestRow = 8;

/**
 * The innermost loop: where the last axis' taps are neighbours in x, they and their channels are one
 * run, otherwise the channels of a tap are. `steps` are offsets into x. A depthwise convolution has its
 * taps written out where their number is known.
 */
function innermost(g: Geometry, last: PassLoop): { loop: PassLoop; run: string; steps: number[] } {
  const inputs = g.weights[g.weights.length - 1];
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  const folded = { ...last, loop: false, tap: last.first, position: last.start };
  if (g.depthwise) {
    if (last.clip || !last.loop || last.kernel > longestRow) return { loop: last, run: "", steps: [0] };
    const apart = last.dilation * last.xStride;
    return { loop: folded, run: "", steps: range(last.kernel).map((k) => k * apart) };
  }
  const merge = last.loop && !last.transposed && !last.dilated && !g.grouped;
  const loop = merge ? folded : last;
  const fixed = merge && last.clip ? undefined : (merge ? last.kernel : 1) * inputs;
  const unroll = [4, 3, 2, 1].find((n) => (fixed ?? inputs) % n === 0)!;
  if (fixed !== undefined && fixed <= 4) return { loop, run: "", steps: range(fixed) };
  const run = fixed === undefined ? `(${last.end} - ${last.first}) * ${inputs}` : `${fixed}`;
  return { loop, run, steps: range(unroll) };
}

function stepOf(g: Geometry, step: number, x: number, lanes: number, positions: readonly Position[]) {
  const each = g.depthwise ? Array.from({ length: lanes }, (_, lane) => lane) : [0];
  const operand = (name: string, lane: number) => `x${step}${name}${g.depthwise ? lane : ""}`;
  return {
    operands: positions.flatMap(({ name, x: offset }) =>
      each.map((lane) => ({ name: operand(name, lane), at: x + offset + lane })),
    ),
    products: Array.from({ length: lanes }, (_, lane) =>
      positions.map(({ name }) => ({
        sum: `${name}${lane}`,
        operand: operand(name, lane),
        weight: step * lanes + lane,
      })),
    ).flat(),
  };
}
