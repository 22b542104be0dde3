/** A node to be scheduled, with the buffers it touches. */
export interface OrderNode {
  readonly id: string;
  /** Buffers it reads. */
  readonly inputs: readonly string[];
  /** Buffers it writes. */
  readonly outputs: readonly string[];
  /** Bytes that are live only while it runs. */
  readonly scratch?: number;
  /** Pairs of an input that dies here and an output that may share memory, as `Overlap` in ../arena has them. */
  readonly overlaps?: readonly InputOverlap[];
}

export interface InputOverlap {
  readonly input: string;
  readonly output: string;
  /** Bytes by which the two have to be shifted against each other; 0 is in place. */
  readonly distance: number;
}

export interface OrderProblem {
  /** In a topological order: a node may read what earlier nodes write. */
  readonly nodes: readonly OrderNode[];
  /**
   * Size of the buffers in the arena, rounded to the alignment there. Buffers that are not listed are
   * elsewhere (constants, inputs and outputs of the graph) and cost nothing. One that no node writes is
   * live from the start.
   */
  readonly bufferBytes: ReadonlyMap<string, number>;
  /** Buffers that stay live to the end. */
  readonly keep?: Iterable<string>;
}

export interface Order {
  /** Node ids. */
  readonly order: readonly string[];
  /** The most bytes that are live at once. */
  readonly peakBytes: number;
  /** The same for the order in which the nodes were given. */
  readonly givenPeakBytes: number;
  /** No order has a lower peak than this. */
  readonly lowerBound: number;
  readonly provenOptimal: boolean;
}
