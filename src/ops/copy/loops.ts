import type { Region } from "./region.js";

/** A region as the template renders it: loops around one `memcpy` or a few assignments. */
export interface LoopNest {
  readonly input: string;
  readonly loops: readonly { readonly counter: string; readonly count: number; readonly step: number }[];
  readonly from: Index;
  readonly to: Index;
  /** Bytes of the innermost run if it is copied as a whole, else 0. */
  readonly bytes: number;
  /** Assignments of the innermost body, as offsets from both pointers. */
  readonly lanes: readonly { readonly from: number; readonly to: number }[];
}

/** `offset + sum(sign counter * stride)`; a stride of 1 is not written. */
interface Index {
  readonly offset: number;
  readonly terms: readonly { readonly sign: "+" | "-"; readonly counter: string; readonly stride: number }[];
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
  if (last && last.from === 1 && last.to === 1) {
    const loops = axes.slice(0, -1).map(({ counter, count }) => ({ counter, count, step: 1 }));
    const [from, to] = indices(region, axes.slice(0, -1));
    return [{ input, loops, from, to, bytes: last.count * elementBytes, lanes: [] }];
  }
  if (!last || last.count < 4) {
    const loops = axes.map(({ counter, count }) => ({ counter, count, step: 1 }));
    const [from, to] = indices(region, axes);
    return [{ input, loops, from, to, bytes: 0, lanes: [{ from: 0, to: 0 }] }];
  }
  const along = axes.slice(0, -1).find((axis) => axis.from === 1);
  const order = [...axes.slice(0, -1).filter((axis) => axis !== along), last, ...(along ? [along] : [])];
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
          ? { counter: axis.counter, count: part.count, step: part.lanes }
          : { counter: axis.counter, count: axis.count, step: 1 },
      );
      const [from, to] = indices(region, looped, part.begin * last.from, part.begin * last.to);
      const lanes = Array.from({ length: part.lanes }, (_, i) => ({ from: i * last.from, to: i * last.to }));
      return { input, loops, from, to, bytes: 0, lanes };
    });
}

interface Axis {
  readonly counter: string;
  readonly from: number;
  readonly to: number;
}

function indices(region: Region, axes: readonly Axis[], fromExtra = 0, toExtra = 0): [Index, Index] {
  const index = (offset: number, strideOf: (axis: Axis) => number): Index => ({
    offset,
    terms: axes
      .filter((axis) => strideOf(axis) !== 0)
      .map((axis) => ({
        sign: strideOf(axis) < 0 ? "-" : "+",
        counter: axis.counter,
        stride: Math.abs(strideOf(axis)),
      })),
  });
  return [
    index(region.from.offset + fromExtra, (axis) => axis.from),
    index(region.to.offset + toExtra, (axis) => axis.to),
  ];
}
