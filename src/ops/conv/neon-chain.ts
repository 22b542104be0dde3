/**
 * Whether a 16-bit lane holds every partial sum of products of any int8 activations by these weights,
 * given as the sum of the positive ones and of the magnitudes of the negative ones.
 */
export const chainHolds = (positive: number, negative: number): boolean =>
  127 * positive + 128 * negative <= 32767 && 128 * positive + 127 * negative <= 32768;

/**
 * For every set of the `steps` steps of a block, as a bit mask: whether one chain of them holds, in all 8
 * lanes and in every block of the `depth` weights from `start` on.
 */
export function subsetsThatHold(weights: Int8Array, start: number, depth: number, steps: number): Uint8Array {
  const holds = new Uint8Array(1 << steps).fill(1);
  const positive = new Int32Array(1 << steps);
  const negative = new Int32Array(1 << steps);
  for (let from = 0; from < depth; from += steps * 8) {
    for (let lane = 0; lane < 8; lane++) {
      for (let mask = 1; mask < 1 << steps; mask++) {
        const step = 31 - Math.clz32(mask & -mask);
        const k = from + step * 8 + lane;
        const w = k < depth ? weights[start + k] : 0;
        const rest = mask & (mask - 1);
        positive[mask] = positive[rest] + Math.max(w, 0);
        negative[mask] = negative[rest] + Math.max(-w, 0);
        if (!chainHolds(positive[mask], negative[mask])) holds[mask] = 0;
      }
    }
  }
  return holds;
}

/** All divisions of `steps` steps into groups of the given sizes, largest first, each group as a bit mask. */
export function divisions(steps: number, sizes: readonly number[]): number[][] {
  const found: number[][] = [];
  const extend = (left: number, groups: readonly number[]) => {
    const size = sizes[groups.length];
    if (size === undefined) {
      if (left === 0) found.push([...groups]);
      return;
    }
    const before = sizes[groups.length - 1] === size ? groups[groups.length - 1] : 0;
    for (let mask = left; mask > 0; mask = (mask - 1) & left) {
      // Groups of one size in rising order, so that each division comes once.
      if (bits(mask) === size && mask > before) extend(left & ~mask, [...groups, mask]);
    }
  };
  extend((1 << steps) - 1, []);
  return found;
}

function bits(mask: number): number {
  let count = 0;
  for (let left = mask; left > 0; left &= left - 1) count++;
  return count;
}
