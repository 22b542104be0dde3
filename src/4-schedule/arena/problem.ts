/** A piece of the arena: the storage of a tensor or of a kernel's scratch. */
export interface ArenaBuffer {
  readonly id: string;
  readonly bytes: number;
  /** Bytes, a power of two; 16 if left out. */
  readonly alignment?: number;
  /** Execution step that first writes it. */
  readonly firstStep: number;
  /** Last execution step that touches it, inclusive. */
  readonly lastStep: number;
}

/**
 * `buffer` starts `at` bytes (0 if left out) into `base`: a view, an operator that has to work in place,
 * a part of a Concat that its producer writes directly. Both keep their own lifetimes and sizes.
 */
export interface Alias {
  readonly buffer: string;
  readonly base: string;
  readonly at?: number;
}

/**
 * Two buffers that are live in the same step may share memory as long as
 * `offset(above) - offset(below) >= distance`; otherwise they have to be disjoint.
 *
 * A kernel that walks forwards and writes behind its read pointer has its output `below` its input; one
 * that walks backwards has its input `below` its output. Elementwise kernels in place have distance 0.
 * A negative distance counts as 0.
 */
export interface Overlap {
  readonly below: string;
  readonly above: string;
  /** Bytes. */
  readonly distance: number;
}

export interface ArenaProblem {
  readonly buffers: readonly ArenaBuffer[];
  readonly aliases?: readonly Alias[];
  readonly overlaps?: readonly Overlap[];
}

export interface PlacedBuffer extends ArenaBuffer {
  /** Bytes from the start of the arena. */
  readonly offset: number;
}

export interface ArenaPlan {
  /** The buffers of the problem, in its order. */
  readonly buffers: readonly PlacedBuffer[];
  /** Offset in bytes for each buffer id. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** What the arena's start has to be aligned to: the largest alignment of a buffer. */
  readonly alignment: number;
  /** Bytes that are live at once in the fullest step, with the most that permitted overlaps can save deducted. */
  readonly liveBytes: number;
  /** No plan is smaller: `liveBytes`, or more where a search has shown that. */
  readonly lowerBound: number;
  readonly provenOptimal: boolean;
  /** How the plan was found and why it is known to be optimal, in words. */
  readonly method: string;
  /** Work the branch and bound has done: sections and neighbours of bodies looked at. */
  readonly searchWork: number;
}

export const defaultAlignment = 16;

export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

export const alignDown = (value: number, alignment: number): number =>
  Math.floor(value / alignment) * alignment;
