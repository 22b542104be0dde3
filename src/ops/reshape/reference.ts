import type { Reference } from "../op.js";
import { ops } from "./op.js";

/** The same elements in the same order, in the shape the definition gives. */
export const references: Record<string, Reference> = Object.fromEntries(
  ops.map((op): [string, Reference] => [
    op.name,
    (inputs, attrs, outputs) => {
      const [{ shape }] = op.infer(inputs, attrs, outputs);
      return [{ dtype: inputs[0]!.dtype, shape, data: inputs[0]!.data.slice() }];
    },
  ]),
);
