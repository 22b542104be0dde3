import { zeros } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import { type RotaryAttributes, rotaryShape } from "./rotary.js";

const f = Math.fround;

/** (a, b) becomes (cos a - sin b, sin a + cos b), each product and sum rounded to float32. */
export const rotaryEmbedding: Reference<RotaryAttributes> = ([x, cos, sin, ids], attrs) => {
  const { batch, heads, rows, size, pairs, strides } = rotaryShape(x!, attrs);
  const y = zeros("float32", x!.shape);
  const [xd, cd, sd] = [x!.data, cos!.data, sin!.data] as Float32Array[];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let row = 0; row < rows; row++) {
        const place = b * rows + row;
        const at = ids ? Math.min(Math.max(Number(ids.data[place]), 0), cos!.shape[0] - 1) : place;
        const from = b * strides.batch + h * strides.head + row * strides.row;
        for (let i = 0; i < pairs; i++) {
          const left = from + (attrs.interleaved ? 2 * i : i);
          const right = from + (attrs.interleaved ? 2 * i + 1 : i + pairs);
          const [c, s] = [cd[at * pairs + i], sd[at * pairs + i]];
          y.data[left] = f(f(c * xd[left]) - f(s * xd[right]));
          y.data[right] = f(f(s * xd[left]) + f(c * xd[right]));
        }
        for (let i = 2 * pairs; i < size; i++) y.data[from + i] = xd[from + i];
      }
  return [y];
};
