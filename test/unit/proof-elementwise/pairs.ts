import type { ByteDType, PairTable } from "../../../src/proof/elementwise/pair-table.js";

/** The table of a function of two 8-bit values; the result is rounded half to even and saturated. */
export function tableOf(
  [a, b, y]: readonly [ByteDType, ByteDType, ByteDType],
  f: (a: number, b: number) => number,
): PairTable {
  const value = (type: ByteDType, i: number) => (type === "int8" ? (i << 24) >> 24 : i);
  const outputs = y === "int8" ? new Int8Array(65536) : new Uint8Array(65536);
  const [min, max] = y === "int8" ? [-128, 127] : [0, 255];
  for (let i = 0; i < 65536; i++) {
    const real = f(value(a, i >> 8), value(b, i & 255));
    const near = Math.round(real);
    const rounded = near - real === 0.5 && near % 2 !== 0 ? near - 1 : near;
    outputs[i] = Math.min(Math.max(rounded, min), max);
  }
  return { a, b, y, outputs };
}
