import type { Graph } from "../../ir/graph.js";
import { type ConvChannels, convChannels, isDepthwise, reads } from "./conv-channels.js";
import { type Channels, channelCount } from "./known.js";
import { tieChannels } from "./ties.js";

/** Tensors keep a multiple of so many channels, as SIMD kernels want: some of the dead ones stay, holding zeros. */
const granule = 4;

/** What becomes of the channels of a graph's values. */
export interface Liveness {
  /** Values of which not all channels stay, each with those that do, in order. */
  readonly kept: ReadonlyMap<string, readonly number[]>;
  /** A channel that nothing depends on, also if it stays. */
  isDead(value: string, channel: number): boolean;
}

interface Convolution {
  readonly x: string;
  readonly y: string;
  readonly conv: ConvChannels;
}

/**
 * Finds the channels that no output of the graph depends on. Everything is taken for dead at first. Alive
 * are inputs and outputs of the graph and of operators that need all channels, and of a convolution's
 * inputs those that a living output reads, unless they are known and their contribution can be folded.
 */
export function findLiveness(graph: Graph<"kernel">, known: ReadonlyMap<string, Channels>): Liveness {
  const slots = new Slots(graph);
  const convolutions: Convolution[] = [];
  for (const node of graph.nodes) {
    tieChannels(graph, node, slots);
    const conv = convChannels(graph, node);
    if (conv) convolutions.push({ x: node.inputs[0], y: node.outputs[0], conv });
  }
  for (const name of [...graph.inputs, ...graph.outputs]) slots.pin(name);
  slots.settle();

  convolutions.reverse();
  while (convolutions.filter((c) => reviveReadInputs(c, known.get(c.x), slots)).length > 0);
  const dead = slots.snapshot();
  while (
    [...graph.values.keys()].some((name) => reviveRest(name, slots)) ||
    convolutions.some((c) => reviveGroups(c, slots))
  );

  const kept = new Map<string, readonly number[]>();
  for (const { name, shape } of graph.values.values()) {
    if (!slots.touched.has(name)) continue;
    const channels = list(channelCount(shape)).filter((c) => slots.isLive(name, c));
    if (channels.length < channelCount(shape)) kept.set(name, channels);
  }
  return { kept, isDead: (value, channel) => slots.touched.has(value) && dead[slots.find(value, channel)] };
}

const list = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Whether a known input adds the same to every output position, or nothing. */
const folds = (conv: ConvChannels, value: number | undefined): boolean =>
  value !== undefined && (value === conv.attrs.xZeroPoint || conv.cases.length === 1);

/** Whether one of the outputs that are alive reads input channel c. */
function isRead(conv: ConvChannels, c: number, isLive: (o: number) => boolean): boolean {
  const first = Math.floor(c / conv.groupInputs) * conv.groupOutputs;
  for (let o = first; o < first + conv.groupOutputs; o++)
    if (isLive(o) && reads(conv, o, c % conv.groupInputs)) return true;
  return false;
}

function reviveReadInputs({ x, y, conv }: Convolution, known: Channels | undefined, slots: Slots): boolean {
  if (isDepthwise(conv)) return false;
  let changed = false;
  for (let c = 0; c < conv.inputs; c++) {
    if (slots.isLive(x, c) || folds(conv, known?.[c])) continue;
    if (!isRead(conv, c, (o) => slots.isLive(y, o))) continue;
    slots.revive(x, c);
    changed = true;
  }
  return changed;
}

/** Lets a tensor keep a multiple of `granule` channels. */
function reviveRest(name: string, slots: Slots): boolean {
  if (!slots.touched.has(name)) return false;
  const channels = list(slots.count(name));
  const dead = channels.filter((c) => !slots.isLive(name, c));
  const live = channels.length - dead.length;
  if (dead.length === 0 || (live > 0 && live % granule === 0)) return false;
  slots.revive(name, dead[0]);
  return true;
}

/** Groups stay equal: one of which anything is alive keeps as many inputs and outputs as any other. */
function reviveGroups({ x, y, conv }: Convolution, slots: Slots): boolean {
  const inputs = (g: number) => list(conv.groupInputs).map((i) => g * conv.groupInputs + i);
  const outputs = (g: number) => list(conv.groupOutputs).map((i) => g * conv.groupOutputs + i);
  const live = (name: string, channels: number[]) => channels.filter((c) => slots.isLive(name, c)).length;
  const groups = list(conv.attrs.group).map((g) => ({ g, x: live(x, inputs(g)), y: live(y, outputs(g)) }));
  const most = { x: Math.max(...groups.map((c) => c.x)), y: Math.max(...groups.map((c) => c.y)) };
  let changed = false;
  for (const group of groups) {
    if (group.x + group.y === 0) continue;
    for (const [name, channels, missing] of [
      [x, inputs(group.g), most.x - group.x],
      [y, outputs(group.g), most.y - group.y],
    ] as const) {
      const dead = channels.filter((c) => !slots.isLive(name, c)).slice(0, missing);
      for (const c of dead) slots.revive(name, c);
      changed ||= dead.length > 0;
    }
  }
  return changed;
}

/** Channels of all values in classes of those that stay or go together. */
class Slots {
  /** Values that operators with channels take or give. */
  readonly touched = new Set<string>();
  readonly #first = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  readonly #parent: Int32Array;
  readonly #live: Uint8Array;
  readonly #pinned = new Set<string>();

  constructor(graph: Graph<"kernel">) {
    let total = 0;
    for (const { name, shape } of graph.values.values()) {
      this.#first.set(name, total);
      this.#counts.set(name, channelCount(shape));
      total += channelCount(shape);
    }
    this.#parent = Int32Array.from({ length: total }, (_, i) => i);
    this.#live = new Uint8Array(total);
    for (const node of graph.nodes) {
      if (convChannels(graph, node))
        for (const name of [node.inputs[0], node.outputs[0]]) this.touched.add(name);
    }
  }

  count = (value: string): number => this.#counts.get(value)!;

  find(value: string, channel: number): number {
    let slot = this.#first.get(value)! + channel;
    while (this.#parent[slot] !== slot) {
      this.#parent[slot] = this.#parent[this.#parent[slot]];
      slot = this.#parent[slot];
    }
    return slot;
  }

  tie(a: string, i: number, b: string, j: number): void {
    this.touched.add(a).add(b);
    this.#parent[this.find(a, i)] = this.find(b, j);
  }

  pin(value: string): void {
    this.#pinned.add(value);
  }

  /** Brings the pinned values to life, after all ties are made. */
  settle(): void {
    for (const name of this.#pinned) for (let c = 0; c < this.count(name); c++) this.revive(name, c);
  }

  revive(value: string, channel: number): void {
    this.#live[this.find(value, channel)] = 1;
  }

  isLive(value: string, channel: number): boolean {
    return this.#live[this.find(value, channel)] === 1;
  }

  snapshot(): boolean[] {
    return Array.from(this.#live, (live) => live === 0);
  }
}
