import { floatToBits } from "./float-bits.js";

const f = Math.fround;

const QUARTER_PI = f(0.785398185);

/** 32 zero bits, then the first 224 bits of 2 / pi. */
const TWO_OVER_PI = [
  0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
].map(BigInt);

/** pi / 2 with 31 fraction bits. */
const HALF_PI = 0xc90fdaa2n;

const low32 = (x: bigint): bigint => x & 0xffffffffn;
const low64 = (x: bigint): bigint => x & 0xffffffffffffffffn;

/**
 * r and quadrant (0 to 3) with x = r + quadrant * pi/2 + (a multiple of 2 pi), |r| <= pi/4, for finite x.
 * r has a relative error of 2^-24 for every x.
 *
 * x is an integer times a power of two; its product with 2/pi is formed in 96 bits of which the first two
 * are the quadrant. Bits of 2/pi that contribute a multiple of 4 are left out (Payne and Hanek, 1983).
 */
export function reduceAngle(x: number): { r: number; quadrant: number } {
  if (Math.abs(x) <= QUARTER_PI) return { r: x, quadrant: 0 };
  const bits = floatToBits(x);
  const mantissa = BigInt((bits & 0x7fffff) | 0x800000);
  const position = ((bits >>> 23) & 0xff) - 120;
  const shift = BigInt(position & 31);
  const word = (i: number): bigint => low32(((TWO_OVER_PI[i] << 32n) | TWO_OVER_PI[i + 1]) >> (32n - shift));
  const i = position >> 5;
  const product = low64(
    (low32(mantissa * word(i)) << 32n) + mantissa * word(i + 1) + ((mantissa * word(i + 2)) >> 32n),
  );

  let quadrant = Number(((product >> 61n) + 1n) >> 1n) & 3;
  let fraction = low64(product << 2n);
  let negative = fraction >> 63n === 1n;
  if (negative) fraction = low64(-fraction);
  let exponent = -63;
  while (fraction >> 63n === 0n) {
    fraction <<= 1n;
    exponent--;
  }
  let r = f(f(Number(((fraction >> 32n) * HALF_PI) >> 32n)) * 2 ** (exponent + 32));
  if (bits >>> 31) {
    negative = !negative;
    quadrant = -quadrant & 3;
  }
  if (negative) r = -r;
  return { r, quadrant };
}
