/**
 * Whether a 16-bit lane holds every partial sum of products of any int8 activations by these weights,
 * given as the sum of the positive ones and of the magnitudes of the negative ones.
 */
export const chainHolds = (positive: number, negative: number): boolean =>
  127 * positive + 128 * negative <= 32767 && 128 * positive + 127 * negative <= 32768;
