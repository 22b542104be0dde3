import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { axisPads, type PadAttributes, type PadMode, paddedShape } from "./op.js";

const pad: Reference<PadAttributes> = (inputs, { mode }) => {
  const data = inputs[0]!;
  const pads = axisPads(inputs);
  const zero = data.dtype === "int64" || data.dtype === "uint64" ? 0n : 0;
  const fill = inputs[2] ? elements(inputs[2])[0] : zero;
  const from = elements(data);
  return [
    build(data.dtype, paddedShape(data.shape, pads), (index) => {
      const source = index.map((i, axis) => {
        const cropped = Math.max(0, -pads[axis].begin);
        const kept = data.shape[axis] - cropped - Math.max(0, -pads[axis].end);
        const inside = mirrored(i - Math.max(0, pads[axis].begin), kept, mode);
        return inside === undefined ? undefined : inside + cropped;
      });
      return source.includes(undefined) ? fill : from[positionOf(data.shape, source as number[])];
    }),
  ];
};

/** Position in an axis of `size` elements that stands at `i`, which may be outside; undefined for the fill value. */
function mirrored(i: number, size: number, mode: PadMode): number | undefined {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case "constant":
      return undefined;
    case "edge":
      return i < 0 ? 0 : size - 1;
    case "wrap":
      return ((i % size) + size) % size;
    case "reflect": {
      const period = Math.max(1, 2 * (size - 1));
      const phase = ((i % period) + period) % period;
      return phase < size ? phase : period - phase;
    }
  }
}

export const references: Record<string, Reference> = { Pad: pad as Reference };
