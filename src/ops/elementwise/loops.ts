import { broadcastStrides, type Shape } from "../../ir/tensor.js";

/** One loop over a dimension of the output. */
export interface Loop {
  readonly count: number;
  /** Elements from one pass to the next: in the output, and in each input (0 where it is broadcast). */
  readonly output: number;
  readonly inputs: readonly number[];
}

/**
 * The fewest nested loops that visit every element of the output, outermost first: dimensions of 1 are
 * dropped, and neighbours along which every input moves on evenly become one.
 */
export function collapse(shape: Shape, inputs: readonly Shape[]): Loop[] {
  const strides = inputs.map((input) => broadcastStrides(input, shape));
  const loops: Loop[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = shape[axis];
    if (count === 1) continue;
    const loop = { count, output: step, inputs: strides.map((own) => own[axis]) };
    const inner = loops[0];
    if (inner && loop.inputs.every((stride, i) => stride === inner.inputs[i] * inner.count)) {
      loops[0] = { ...inner, count: inner.count * count };
    } else {
      loops.unshift(loop);
    }
    step *= count;
  }
  return loops;
}
