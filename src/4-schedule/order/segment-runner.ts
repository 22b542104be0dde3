import type { Execution } from "./execution.js";

/** A point that a search has reached: the nodes run since `parent`. */
export interface State {
  readonly parent?: State;
  readonly block: readonly number[];
  /** How many nodes have been executed. */
  readonly length: number;
  /** Most live bytes since the segment's start. */
  readonly peak: number;
  /** Live bytes now. */
  readonly live: number;
  /** Tells apart what has been executed of the segment. */
  readonly key: string;
}

/** Above this many ready nodes, looking at all of them after each node takes too long. */
const longReadyList = 40;

/** Runs a segment of the graph in different orders, with sources and sinks where they belong. */
export class SegmentRunner {
  readonly start: State;
  /** Work done so far: nodes tried. */
  work = 0;
  #current: State;
  readonly #inSegment: ReadonlySet<number>;
  readonly #words: readonly [number, number];

  /** `segment` is sorted; everything before it has been executed. */
  constructor(
    readonly execution: Execution,
    readonly segment: readonly number[],
  ) {
    const { order, live } = execution;
    this.start = { block: [], length: order.length, peak: live, live, key: "" };
    this.#current = this.start;
    this.#inSegment = new Set(segment);
    this.#words = [segment[0] >> 4, (segment[segment.length - 1] >> 4) + 1];
  }

  /** Brings the execution to a state. */
  goTo(state: State): void {
    const todo: State[] = [];
    let from: State = this.#current;
    let to: State = state;
    while (from !== to) {
      if (from.length > to.length) from = from.parent!;
      else {
        todo.push(to);
        to = to.parent!;
      }
    }
    this.execution.undoTo(to.length);
    for (const { block } of todo.reverse()) for (const node of block) this.execution.run(node);
    this.#current = state;
  }

  /** Nodes of the segment that may come next; none when it is complete. */
  choices(): number[] {
    return this.execution.ready.filter((node) => this.#inSegment.has(node));
  }

  /**
   * The state after a node, the sources it needs and all that costs nothing after it: sinks, and nodes
   * that leave no more live than there is and stay within `limit` bytes meanwhile. To run those first is
   * never worse for an order that is to stay within the limit. The execution stays where it was.
   */
  try(node: number, limit: number): State {
    const { execution } = this;
    const from = this.#current;
    let peak = from.peak;
    for (const source of execution.graph.nodes[node].before) {
      if (execution.roles.source[source] && !execution.hasRun(source)) {
        peak = Math.max(peak, execution.run(source));
      }
    }
    peak = Math.max(peak, execution.run(node), this.#runFree(limit));
    const state = {
      parent: from,
      block: execution.order.slice(from.length),
      length: execution.order.length,
      peak,
      live: execution.live,
      key: String.fromCharCode(...execution.executed.subarray(...this.#words)),
    };
    execution.undoTo(from.length);
    this.work += state.block.length + 1 + (execution.ready.length + this.#words[1] - this.#words[0]) / 4;
    return state;
  }

  /** Runs what is free after the last node; gives the most live bytes meanwhile. */
  #runFree(limit: number): number {
    const { execution } = this;
    const { nodes, buffers } = execution.graph;
    let peak = 0;
    for (let last = execution.order.length - 1; last < execution.order.length; last++) {
      let candidates = execution.ready;
      if (candidates.length > longReadyList) {
        // What follows the node or can now free one of its buffers; this misses what fits within the limit now.
        const { after, touches } = nodes[execution.order[last]];
        const lastUsed = touches.filter((b) => execution.touchesLeft(b) === 1);
        candidates = [...after, ...lastUsed.flatMap((b) => buffers[b].touchedBy)];
      }
      for (const node of candidates) {
        if (this.#isFree(node, limit)) peak = Math.max(peak, execution.run(node));
      }
    }
    return peak;
  }

  #isFree(node: number, limit: number): boolean {
    const { roles, graph } = this.execution;
    if (!this.execution.isReady(node)) return false;
    if (roles.sink[node]) return true;
    if (!this.#inSegment.has(node)) return false;
    if (graph.nodes[node].before.some((b) => roles.source[b] && !this.execution.hasRun(b))) return false;
    const { peak, live } = this.execution.effectOf(node);
    return peak <= limit && live <= this.execution.live;
  }
}
