/** Square root, correctly rounded as IEEE 754 has it: a double's root has bits enough to round it again. */
export const sqrt = (x: number): number => Math.fround(Math.sqrt(x));
