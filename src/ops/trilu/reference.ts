import { build, elements } from "../indexing.js";
import type { Reference } from "../op.js";
import type { TriluAttributes } from "./op.js";

const trilu: Reference<TriluAttributes> = ([input, diagonal], { upper }) => {
  const k = diagonal ? Number(diagonal.data[0]) : 0;
  const zero = typeof elements(input!)[0] === "bigint" ? 0n : 0;
  return [
    build(input!.dtype, input!.shape, (index, position) => {
      const [row, column] = index.slice(-2);
      const kept = upper ? column >= row + k : column <= row + k;
      return kept ? elements(input!)[position] : zero;
    }),
  ];
};

export const references: Record<string, Reference> = { Trilu: trilu as Reference };
