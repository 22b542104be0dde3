import { type MemoryGraph, overlapSaving } from "./memory-graph.js";
import type { Roles } from "./segments.js";

/** What running a node would do to the live bytes. */
export interface Effect {
  /** Live bytes while it runs. */
  readonly peak: number;
  /** Live bytes once what it used last is dead. */
  readonly live: number;
}

/** A run of the graph that can be taken back: which nodes have been executed, and what is live. */
export class Execution {
  /** Executed nodes in order. */
  readonly order: number[] = [];
  /** Executed nodes as a bit set. */
  readonly executed: Uint16Array;
  /** Nodes that can run now, apart from sources they may need and sources themselves. */
  ready: readonly number[];
  /** Live bytes between nodes. */
  live: number;
  readonly #touchesLeft: Int32Array;
  readonly #started: Uint8Array;
  /** For each node how many that must run before it have not, sources left out. */
  readonly #missing: Int32Array;
  readonly #former: { live: number; ready: readonly number[] }[] = [];

  constructor(
    readonly graph: MemoryGraph,
    readonly roles: Roles,
  ) {
    const { nodes } = graph;
    this.executed = new Uint16Array((nodes.length >> 4) + 1);
    this.#missing = Int32Array.from(nodes, (n) => n.before.filter((b) => !roles.source[b]).length);
    this.ready = nodes.flatMap((_, i) => (this.#missing[i] === 0 && !roles.source[i] ? [i] : []));
    this.#touchesLeft = Int32Array.from(graph.buffers, (b) => b.touchedBy.length);
    // What no node writes is there from the start.
    this.#started = Uint8Array.from(graph.buffers, (b) => Number(b.producers === 0));
    this.live = graph.buffers.reduce(
      (sum, b) => sum + (b.producers === 0 && (b.touchedBy.length > 0 || b.keep) ? b.bytes : 0),
      0,
    );
  }

  effectOf(node: number): Effect {
    const { nodes, buffers } = this.graph;
    let born = 0;
    let dead = 0;
    for (const b of nodes[node].touches) {
      if (!this.#isLive(b)) born += buffers[b].bytes;
      if (this.#touchesLeft[b] === 1 && !buffers[b].keep) dead += buffers[b].bytes;
    }
    const saved = overlapSaving(this.graph, node, (input, output) => {
      const dies = this.#touchesLeft[input] === 1 && !buffers[input].keep && this.#isLive(input);
      return dies && !this.#isLive(output);
    });
    const peak = this.live + born + nodes[node].scratch - saved;
    return { peak, live: this.live + born - dead };
  }

  /** Executes a node; gives the live bytes meanwhile. */
  run(node: number): number {
    const { nodes } = this.graph;
    const { peak, live } = this.effectOf(node);
    this.#former.push({ live: this.live, ready: this.ready });
    this.live = live;
    this.order.push(node);
    this.executed[node >> 4] ^= 1 << (node & 15);
    for (const b of nodes[node].touches) this.#touchesLeft[b]--;
    if (!this.roles.source[node]) {
      const freed = nodes[node].after.filter((next) => --this.#missing[next] === 0);
      this.ready = [...this.ready.filter((other) => other !== node), ...freed];
    }
    return peak;
  }

  /** Takes nodes back until `length` are left. */
  undoTo(length: number): void {
    const { nodes } = this.graph;
    while (this.order.length > length) {
      const node = this.order.pop()!;
      const former = this.#former.pop()!;
      this.live = former.live;
      this.ready = former.ready;
      this.executed[node >> 4] ^= 1 << (node & 15);
      for (const b of nodes[node].touches) this.#touchesLeft[b]++;
      if (!this.roles.source[node]) for (const next of nodes[node].after) this.#missing[next]++;
    }
  }

  hasRun(node: number): boolean {
    return (this.executed[node >> 4] & (1 << (node & 15))) !== 0;
  }

  /** How many of the nodes that touch a buffer have not run. */
  touchesLeft(buffer: number): number {
    return this.#touchesLeft[buffer];
  }

  isReady(node: number): boolean {
    return this.#missing[node] === 0 && !this.roles.source[node] && !this.hasRun(node);
  }

  #isLive(buffer: number): boolean {
    return (
      this.#started[buffer] === 1 || this.#touchesLeft[buffer] < this.graph.buffers[buffer].touchedBy.length
    );
  }
}
