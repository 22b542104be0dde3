import type { Region } from "./region.js";

/** A region as the template renders it: loops around one `memcpy` or a few assignments. */
export interface LoopNest {
  readonly input: string;
  readonly loops: readonly Loop[];
  readonly from: Index;
  readonly to: Index;
  /** Bytes of the innermost run if it is copied as a whole, else 0. */
  readonly bytes: number;
  /** Assignments of the innermost body, as offsets from both pointers. */
  readonly lanes: readonly { readonly from: number; readonly to: number }[];
  readonly oneLane: boolean;
  /** Several assignments without a loop around them. */
  readonly needsBraces: boolean;
}

interface Loop {
  readonly counter: string;
  readonly count: number;
  readonly step: number;
  readonly oneByOne: boolean;
}

/** A sum of an offset and multiples of counters; what adds nothing is left out. */
interface Index {
  readonly offset: number;
  readonly hasOffset: boolean;
  readonly terms: readonly {
    /** "", " + " or " - ". */
    readonly sign: string;
    readonly counter: string;
    readonly stride: number;
    readonly scaled: boolean;
  }[];
}

/** Assignments in a row: enough to hide the loop, few enough for their offsets to fit the instructions. */
const unroll = 8;

/**
 * The loops of a region. A run of neighbours on both sides is copied whole. Otherwise the outputs that are
 * neighbours are written `unroll` at a time, and where the source has another axis of neighbours, the loop
 * over that is the innermost: a transpose in blocks of `unroll` rows.
 */
export function loopNests(region: Region, elementBytes: number): LoopNest[] {
  const axes = region.shape.map((count, i) => ({
    counter: `i${i}`,
    count,
    from: region.from.strides[i],
    to: region.to.strides[i],
  }));
  const input = `x${region.input}`;
  const last = axes.at(-1);
  if (!last) return [nest(input, [], indices(region, []), 0, [{ from: 0, to: 0 }])];
  const outer = axes.slice(0, -1);
  if (last.from === 1 && last.to === 1) {
    return [nest(input, outer.map(loopOver), indices(region, outer), last.count * elementBytes, [])];
  }
  const along = outer.find((axis) => axis.from === 1);
  const order = [...outer.filter((axis) => axis !== along), last, ...(along ? [along] : [])];
  const whole = last.count - (last.count % unroll);
  const parts = [
    { begin: 0, count: whole, lanes: unroll },
    { begin: whole, count: last.count - whole, lanes: last.count - whole },
  ];
  return parts
    .filter((part) => part.count > 0)
    .map((part) => {
      const looped = order.filter((axis) => axis !== last || part.count > part.lanes);
      const loops = looped.map((axis) =>
        axis === last
          ? { counter: axis.counter, count: part.count, step: part.lanes, oneByOne: false }
          : loopOver(axis),
      );
      const lanes = Array.from({ length: part.lanes }, (_, i) => ({ from: i * last.from, to: i * last.to }));
      const index = indices(region, looped, part.begin * last.from, part.begin * last.to);
      return nest(input, loops, index, 0, lanes);
    });
}

const nest = (
  input: string,
  loops: readonly Loop[],
  [from, to]: readonly [Index, Index],
  bytes: number,
  lanes: LoopNest["lanes"],
): LoopNest => ({
  input,
  loops,
  from,
  to,
  bytes,
  lanes,
  oneLane: lanes.length === 1,
  needsBraces: lanes.length > 1 && loops.length === 0,
});

const loopOver = ({ counter, count }: Axis): Loop => ({ counter, count, step: 1, oneByOne: true });

interface Axis {
  readonly counter: string;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

function indices(region: Region, axes: readonly Axis[], fromExtra = 0, toExtra = 0): [Index, Index] {
  const index = (offset: number, strideOf: (axis: Axis) => number): Index => ({
    offset,
    hasOffset: offset !== 0 || axes.every((axis) => strideOf(axis) === 0),
    terms: axes
      .filter((axis) => strideOf(axis) !== 0)
      .map((axis, i) => ({
        sign: strideOf(axis) < 0 ? " - " : i === 0 && offset === 0 ? "" : " + ",
        counter: axis.counter,
        stride: Math.abs(strideOf(axis)),
        scaled: Math.abs(strideOf(axis)) !== 1,
      })),
  });
  return [
    index(region.from.offset + fromExtra, (axis) => axis.from),
    index(region.to.offset + toExtra, (axis) => axis.to),
  ];
}
