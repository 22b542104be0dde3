import { broadcastStrides, type Shape } from "../../ir/tensor.js";

/** One loop over a dimension of a shape. */
export interface Loop {
  /** C name of its counter. */
  readonly counter: string;
  readonly count: number;
  /** Elements from one pass to the next: in a dense tensor of the shape, and in each operand (0 where it is broadcast). */
  readonly dense: number;
  readonly operands: readonly number[];
  /** Whether its dimensions are reduced. */
  readonly reduced: boolean;
}

/**
 * The fewest nested loops that visit every element of a shape in row-major order, outermost first, with
 * operands that broadcast to it: dimensions of 1 are dropped, and neighbours along which every operand
 * moves on evenly become one. Reduced axes and others stay apart.
 */
export function collapse(
  shape: Shape,
  operands: readonly Shape[],
  reducedAxes: readonly number[] = [],
): Loop[] {
  const strides = operands.map((operand) => broadcastStrides(operand, shape));
  const loops: Omit<Loop, "counter">[] = [];
  let dense = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = shape[axis];
    if (count === 1) continue;
    const reduced = reducedAxes.includes(axis);
    const loop = { count, dense, operands: strides.map((own) => own[axis]), reduced };
    const inner = loops[0];
    const joins = (stride: number, i: number) => stride === inner.operands[i] * inner.count;
    if (inner?.reduced === reduced && loop.operands.every(joins)) {
      loops[0] = { ...inner, count: inner.count * count };
    } else {
      loops.unshift(loop);
    }
    dense *= count;
  }
  return loops.map((loop, depth) => ({ ...loop, counter: `i${depth}` }));
}

/** An element's place as templates write it: the sum of `counter * stride`. */
export type Place = readonly { readonly counter: string; readonly stride: number }[];

export const placeOf = (loops: readonly Loop[], strideOf: (loop: Loop) => number): Place =>
  loops.flatMap((loop) => {
    const stride = strideOf(loop);
    return stride === 0 ? [] : [{ counter: loop.counter, stride }];
  });
