import { type DspRequantize, longRequantize, newlines } from "./dsp-requantize.js";
import type { FastConv } from "./fast-view.js";

/** Requantization with Thumb-2: as with DSP, but the slow form is emulated in integers. */
export interface Thumb2Requantize extends DspRequantize {
  readonly uses: readonly string[];
  /** Offsets in bytes of row `index`'s words from the first row. */
  rowAt(index: number): Readonly<Record<"addend" | "multiplier" | "offset" | "scale", number>>;
  /** What thumb2-store.c.hbs writes: `count` registers from `first` on, `stride` bytes apart from `offset` on. */
  sumsOf(first: number, count: number, stride: number, offset: number): Readonly<Record<string, unknown>>;
}

/** @param excess what the kernel's sums are too large by, in all channels */
export function thumb2Requantize(conv: FastConv, excess: number): Thumb2Requantize {
  const requantize = longRequantize(conv, "emulate", excess);
  const { values, rowWords } = requantize;
  const emulated = !values.fixed || values.guard !== false;
  return {
    ...requantize,
    values: { ...values, emulated },
    uses: emulated ? ["requantize/emulate"] : [],
    rowAt(index) {
      const at = 4 * index * rowWords;
      const slow = at + (values.fixed ? 12 : 0);
      return { addend: at, multiplier: at + 8, offset: slow, scale: slow + 4 };
    },
    sumsOf: (first, count, stride, offset) => ({
      registers: Array.from({ length: count }, (_, i) => first + i).join(", "),
      first,
      stride,
      offset,
      lines: newlines((count - 1) * 15),
    }),
  };
}
