/** Seeded integers from `least` to `most`, inclusive (a 32-bit xorshift). */
export function randomInts(seed: number): (least: number, most: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (least, most) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return least + ((state >>> 0) % (most - least + 1));
  };
}
