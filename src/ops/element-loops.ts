import { type Shape, stridesOf } from "../ir/tensor.js";

/** One loop over an axis of the indices, and how far its counter moves in the data. */
interface ElementLoop {
  readonly counter: string;
  readonly count: number;
  readonly stride: number;
  readonly scaled: boolean;
}

/**
 * The loops of GatherElements and ScatterElements for their templates: over all indices; `terms` are those
 * that address the data by their own counter, all but the one along `axis`, where the index does.
 */
export function elementLoops(data: Shape, indices: Shape, axis: number) {
  const strides = stridesOf(data);
  const loops = indices.map(
    (count, i): ElementLoop => ({ counter: `i${i}`, count, stride: strides[i], scaled: strides[i] !== 1 }),
  );
  return {
    loops,
    terms: loops.filter((_, i) => i !== axis),
    size: data[axis],
    stride: strides[axis],
    scaled: strides[axis] !== 1,
  };
}
