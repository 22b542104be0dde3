import { exp } from "./exp.js";

const f = Math.fround;

/** 1 / (1 + e^-x), with e^-|x| so that nothing overflows. Error at most 2.41 ulp. */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return f((x < 0 ? e : 1) / f(1 + e));
}
