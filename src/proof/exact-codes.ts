/**
 * Floats as small integers times a scale: `values[i] = fround(codes[i] * scales[floor(i / run)])`, bit for bit.
 */
export interface ExactCodes {
  /** Integers in [min, max]. */
  readonly codes: Int32Array;
  readonly min: number;
  readonly max: number;
  readonly scales: Float32Array;
  /** Values in a row that share a scale. */
  readonly run: number;
}

/** The largest magnitude of an 8-bit value less its zero point, and of a 16-bit one. */
const magnitudes = [255, 65535];
/** Fewest values of a run: with less, any floats would have some integers, at no gain. */
const shortestRun = 8;

/**
 * Weights that were dequantized are integers again: finds the integers and scales whose products are
 * exactly these values, if there are any, one scale for all values, for each row of `row` values, or for
 * parts of rows (blocks). All magnitudes the largest value of a run can have are tried, so none is missed.
 */
export function exactCodes(values: Float32Array, row: number): ExactCodes | undefined {
  for (const most of magnitudes) {
    const runs = most === 255 ? [values.length, row, ...partsOf(row)] : [values.length, row];
    for (const run of new Set(runs)) {
      const found = run >= shortestRun && run <= values.length ? codesOf(values, run, most) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

/** Lengths that divide a row: powers of two, as blocked quantization has them. */
const partsOf = (row: number): number[] => [256, 128, 64, 32, 16, 8].filter((n) => n < row && row % n === 0);

function codesOf(values: Float32Array, run: number, most: number): ExactCodes | undefined {
  const codes = new Int32Array(values.length);
  const scales = new Float32Array(values.length / run);
  for (let r = 0; r < scales.length; r++) {
    const from = r * run;
    const scale = scaleOf(values.subarray(from, from + run), most);
    if (scale === undefined) return undefined;
    scales[r] = scale;
    for (let i = from; i < from + run; i++) codes[i] = Math.round(values[i] / scale);
  }
  const { min, max } = rangeOf(codes);
  return { codes, min, max, scales, run };
}

function rangeOf(codes: Int32Array): { min: number; max: number } {
  let [min, max] = [0, 0];
  for (const code of codes) {
    if (code < min) min = code;
    if (code > max) max = code;
  }
  return { min, max };
}

/** The largest scale of which all values are multiples by integers of magnitude `most` or less. */
function scaleOf(values: Float32Array, most: number): number | undefined {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return values.every((value) => Object.is(value, 0)) ? 1 : undefined;
  if (!Number.isFinite(largest)) return undefined;
  for (let code = 1; code <= most; code++) {
    const quotient = Math.fround(largest / code);
    // The scale was rounded once and its product again: it is the quotient or one of its neighbours.
    for (const scale of neighbours(quotient)) if (isScale(values, scale)) return scale;
  }
  return undefined;
}

function isScale(values: Float32Array, scale: number): boolean {
  if (!(scale > 0)) return false;
  for (const value of values) {
    // Adding 0 makes -0 the integer it becomes.
    if (!Object.is(Math.fround((Math.round(value / scale) + 0) * scale), value)) return false;
  }
  return true;
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The positive float and the two on each side. */
function neighbours(value: number): number[] {
  float[0] = value;
  const center = bits[0];
  return [0, -1, 1, -2, 2].map((step) => {
    bits[0] = Math.max(center + step, 0);
    return float[0];
  });
}
