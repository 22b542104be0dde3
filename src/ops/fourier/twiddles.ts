/**
 * cos and sin of 2 pi j / length for j from 0 to below `length`, interleaved, as float32; exact at the
 * quarters. Forward transforms turn the other way: their sines are negative.
 */
export function twiddles(length: number, inverse: boolean): Float32Array {
  const table = new Float32Array(2 * length);
  for (let j = 0; j < length; j++) {
    const angle = (2 * Math.PI * j) / length;
    const quarter = (4 * j) / length;
    const exact = Number.isInteger(quarter);
    const sine = exact ? [0, 1, 0, -1][quarter] : Math.sin(angle);
    table[2 * j] = exact ? [1, 0, -1, 0][quarter] : Math.cos(angle);
    table[2 * j + 1] = inverse ? sine : 0 - sine;
  }
  return table;
}
