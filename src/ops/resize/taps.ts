import { isOutside, originalCoordinate, originalCoordinates } from "./coordinates.js";
import type { AxisResize, ResizeAttributes } from "./sizes.js";

/** An input position and its float32 weight. */
export interface Tap {
  readonly position: number;
  readonly weight: number;
}

const f = Math.fround;

/** Axes that change, by number. */
export const scaledAxes = (axes: readonly AxisResize[]): number[] =>
  axes.flatMap(({ scale }, i) => (scale === 1 ? [] : [i]));

/**
 * Axes that mode linear interpolates along, as far as possible the ones that ONNX Runtime computes with,
 * also where they keep their length: two for images, three for volumes and for tensors of three axes. At
 * the end of such an axis the result is the sum of halves, which round otherwise than the whole.
 */
export function linearAxes(axes: readonly AxisResize[]): number[] {
  const scaled = scaledAxes(axes);
  const candidates = [[0, 1], [0, 1, 2], axes[1]?.scale === 1 ? [2, 3] : [1, 2], [2, 3, 4]][axes.length - 2];
  return candidates && scaled.every((axis) => candidates.includes(axis)) ? candidates : scaled;
}

/**
 * The two neighbours of every output position of an axis, in order; undefined where the extrapolation
 * value stands. At the end of the axis both are its last element, weighing a half each.
 */
export function linearTaps(axis: AxisResize, attrs: ResizeAttributes): ([Tap, Tap] | undefined)[] {
  const mode = attrs.coordinate_transformation_mode;
  return originalCoordinates(axis, mode).map((coordinate) => {
    if (isOutside(coordinate, axis, mode)) return undefined;
    const x = Math.min(Math.max(coordinate, 0), axis.length - 1);
    const low = Math.floor(x);
    const high = Math.min(low + 1, axis.length - 1);
    const [before, after] = low === high ? [0.5, 0.5] : [f(high - x), f(x - low)];
    return [
      { position: low, weight: before },
      { position: high, weight: after },
    ];
  });
}

/** The taps of every output position of an axis for mode cubic and for `antialias`, in order. */
export function filterTaps(axis: AxisResize, attrs: ResizeAttributes): Tap[][] {
  return attrs.antialias ? antialiasTaps(axis, attrs) : cubicTaps(axis, attrs);
}

/** Output positions outside the region that is shown. */
export function outsidePositions(axis: AxisResize, attrs: ResizeAttributes): boolean[] {
  const mode = attrs.coordinate_transformation_mode;
  return originalCoordinates(axis, mode).map((x) => isOutside(x, axis, mode));
}

/** Keys' cubic convolution (1981): four neighbours; those outside repeat the edge or count nothing. */
function cubicTaps(axis: AxisResize, attrs: ResizeAttributes): Tap[][] {
  const { cubic_coeff_a: a, exclude_outside: exclude } = attrs;
  return originalCoordinates(axis, attrs.coordinate_transformation_mode).map((x) => {
    const low = Math.floor(x);
    const isIn = (position: number) => position >= 0 && position < axis.length;
    const positions = [low - 1, low, low + 1, low + 2];
    const weights = cubicWeights(f(x - low), a).map((w, i) => (exclude && !isIn(positions[i]) ? 0 : w));
    const sum = exclude ? weights.reduce((total, w) => f(total + w), 0) : 1;
    return positions.map((position, i) => ({
      position: Math.min(Math.max(position, 0), axis.length - 1),
      weight: f(weights[i] / sum),
    }));
  });
}

/** Weights of the neighbours at -1, 0, 1 and 2 for a coordinate `s` behind neighbour 0. */
function cubicWeights(s: number, a: number): number[] {
  const near = (d: number) => f(f(f(f(f(f(a + 2) * d) - f(a + 3)) * d) * d) + 1);
  const far = (d: number) => f(f(f(f(f(f(f(a * d) - f(5 * a)) * d) + f(8 * a)) * d)) - f(4 * a));
  return [far(f(s + 1)), near(s), near(f(1 - s)), far(f(2 - s))];
}

/**
 * A filter as wide as the output's step where the axis shrinks (Pillow's resampling, as ONNX Runtime has
 * it). Weight outside the axis goes to its ends, or away with `exclude_outside`; the sum is made 1.
 */
function antialiasTaps(axis: AxisResize, attrs: ResizeAttributes): Tap[][] {
  const { cubic_coeff_a: a, exclude_outside: exclude, mode } = attrs;
  const step = f(1 / axis.scale);
  const half = mode === "cubic" ? 2 : 1;
  const support = step >= 1 ? f(half * step) : half;
  const squeeze = step >= 1 ? f(1 / step) : 1;
  const weigh = mode === "cubic" ? (x: number) => cubicFilter(x, a) : triangle;
  const clampToAxis = (x: number) => Math.min(Math.max(x, 0), axis.length);
  return Array.from({ length: axis.size }, (_, i) => {
    const x = step === 1 ? i : originalCoordinate(i, axis, attrs.coordinate_transformation_mode);
    const center = f(0.5 + x);
    const begin = Math.floor(f(f(center - support) + 0.5));
    const end = Math.floor(f(f(center + support) + 0.5));
    const inside = { begin: clampToAxis(begin), end: clampToAxis(end) };
    const from = exclude ? inside.begin : begin;
    const weights: number[] = [];
    let total = 0;
    for (let k = from; k < (exclude ? inside.end : end); k++) {
      const weight = weigh(f(f(f(k - center) + 0.5) * squeeze));
      weights.push(weight);
      total = f(total + weight);
    }
    const normalize = total === 0 ? 1 : f(1 / total);
    if (inside.begin === inside.end) return [];
    const folded = new Array<number>(inside.end - inside.begin).fill(0);
    weights.forEach((weight, k) => {
      const at = Math.min(Math.max(from + k, inside.begin), inside.end - 1) - inside.begin;
      folded[at] = f(folded[at] + weight);
    });
    return folded.map((weight, k) => ({ position: inside.begin + k, weight: f(weight * normalize) }));
  });
}

const triangle = (x: number): number => (Math.abs(x) < 1 ? f(1 - Math.abs(x)) : 0);

function cubicFilter(signed: number, a: number): number {
  const x = Math.abs(signed);
  if (x < 1) return f(f(f(f(f(f(a + 2) * x) - f(a + 3)) * x) * x) + 1);
  if (x < 2) return f(f(f(f(f(f(x - 5) * x) + 8) * x) - 4) * a);
  return 0;
}
