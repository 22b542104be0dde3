/*
 * The functions in this folder are vcgen's own float32 arithmetic: +, -, *, / with one rounding each and
 * operations on bits, so that the C in templates/lib/math computes the same bits on every core. Errors in
 * units in the last place were measured over all 2^32 arguments. Which bits a NaN has is no part of a
 * result: processors differ there for + and *, too, and nothing reads them.
 */

const buffer = new ArrayBuffer(4);
const floats = new Float32Array(buffer);
const words = new Uint32Array(buffer);

/** The IEEE 754 binary32 pattern of a float32 value, 0 to 2^32 - 1. */
export function floatToBits(x: number): number {
  floats[0] = x;
  return words[0];
}

/** The float32 value with the given binary32 pattern. */
export function floatFromBits(bits: number): number {
  words[0] = bits;
  return floats[0];
}

/** `magnitude` with the sign of `sign`; zeros and NaN included. */
export function copySign(magnitude: number, sign: number): number {
  return floatFromBits(((floatToBits(magnitude) & 0x7fffffff) | (floatToBits(sign) & 0x80000000)) >>> 0);
}
