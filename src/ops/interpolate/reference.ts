import { build, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import type { InterpolateAttributes } from "./op.js";

const f = Math.fround;

const interpolate: Reference<InterpolateAttributes> = (inputs, { shape, lines, fill }) => {
  const x = inputs[0]!;
  return [
    build(x.dtype, shape, (index) => {
      if (lines.some((line) => line.positions[2 * index[line.axis]] < 0)) return elements(inputs[fill!]!)[0];
      let sum: number | undefined;
      for (let combination = 0; combination < 2 ** lines.length; combination++) {
        const source = [...index];
        let weight: number | undefined;
        [...lines].reverse().forEach(({ axis, positions, weights }, k) => {
          const at = 2 * index[axis] + ((combination >> k) & 1);
          source[axis] = positions[at];
          weight = weight === undefined ? weights[at] : f(weight * weights[at]);
        });
        const product = f(weight! * Number(elements(x)[positionOf(x.shape, source)]));
        sum = sum === undefined ? product : f(sum + product);
      }
      return x.dtype === "float32" ? sum! : Math.trunc(sum!);
    }),
  ];
};

export const references: Record<string, Reference> = { "vcgen.Interpolate": interpolate as Reference };
