import type { Requantize } from "../../../src/ops/requantize.js";

/** Pseudo-random numbers in [0, 1), the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const requantizeTo = (
  dtype: Requantize["dtype"],
  scales: readonly number[],
  zeroPoint: number,
  limits?: readonly [number, number],
): Requantize => {
  const type = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535] } as const;
  const [min, max] = limits ?? type[dtype];
  return { kind: "requantize", dtype, scales: scales.map(Math.fround), zeroPoint, min, max };
};
