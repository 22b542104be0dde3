const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/**
 * Fused multiply-add in float32: `a * b + c` rounded once, for float32 operands. ONNX Runtime's AVX2
 * kernels use it where their result would otherwise round twice.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b; // exact: 24 + 24 bits fit 53
  const sum = product + c;
  const part = sum - product;
  const error = product - (sum - part) + (c - part); // exact: TwoSum
  if (error === 0 || !Number.isFinite(sum)) return Math.fround(sum);
  // Rounding to odd keeps what the second rounding has to know (Boldo and Melquiond, 2008).
  value[0] = sum;
  if ((words[0] & 1) === 0) {
    if (error > 0 === sum > 0) words[0] |= 1;
    else if (words[0] !== 0) words[0] -= 1;
    else {
      words[0] = 0xffffffff;
      words[1] -= 1;
    }
  }
  return Math.fround(value[0]);
}
