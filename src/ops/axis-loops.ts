import { type Shape, stridesOf } from "../ir/tensor.js";
import type { ConstantData } from "./kernel.js";

/** A loop over output positions, outermost first. */
export interface AxisLoop {
  readonly counter: string;
  readonly count: number;
  /** Input elements from one position to the next, for a loop without a table. */
  readonly stride: number;
  readonly first: boolean;
  /** The axis whose input positions come from a table; undefined for axes that are the same on both sides. */
  readonly axis?: number;
}

/**
 * Loops over an output, most axes of which are the input's: those next to each other become one loop,
 * and the innermost of them is no loop but a run of neighbouring elements.
 */
export function axisLoops(
  input: Shape,
  output: Shape,
  hasTable: (axis: number) => boolean,
): { loops: AxisLoop[]; inner: number } {
  const strides = stridesOf(input);
  const loops: Omit<AxisLoop, "counter" | "first">[] = [];
  output.forEach((count, axis) => {
    const last = loops.at(-1);
    if (hasTable(axis)) loops.push({ count, stride: strides[axis], axis });
    else if (last && last.axis === undefined) {
      loops.splice(-1, 1, { count: last.count * count, stride: strides[axis] });
    } else loops.push({ count, stride: strides[axis] });
  });
  const inner = loops.at(-1)?.axis === undefined ? (loops.pop()?.count ?? 1) : 1;
  return { loops: loops.map((loop, i) => ({ ...loop, counter: `i${i}`, first: i === 0 })), inner };
}

/**
 * A table of element offsets to read from: signed where -1 stands for a fill value, else as narrow as the
 * offsets allow.
 */
export function offsetTable(
  name: string,
  offsets: readonly number[],
  signed = false,
): ConstantData & { readonly name: string; readonly kind: "constant" } {
  const common = { kind: "constant", name, what: "element offsets to read from" } as const;
  if (signed) return { ...common, dtype: "int32", data: Int32Array.from(offsets) };
  return offsets.some((offset) => offset > 0xffff)
    ? { ...common, dtype: "uint32", data: Uint32Array.from(offsets) }
    : { ...common, dtype: "uint16", data: Uint16Array.from(offsets) };
}
