import type { AxisResize, CoordinateMode, NearestMode } from "./sizes.js";

const f = Math.fround;

/** Where in the input an output position lies: ONNX's formulas, every operation rounded to float32. */
export function originalCoordinate(i: number, axis: AxisResize, mode: CoordinateMode): number {
  const { length, size, scale, region } = axis;
  switch (mode) {
    case "asymmetric":
      return f(i / scale);
    case "half_pixel":
      return halfPixel(i, scale);
    case "pytorch_half_pixel":
      return size > 1 ? halfPixel(i, scale) : 0;
    case "tf_half_pixel_for_nn":
      return f(f(i + 0.5) / scale);
    case "align_corners":
      return size === 1 ? 0 : f(f(i * (length - 1)) / (size - 1));
    case "tf_crop_and_resize": {
      const [start, end] = region;
      if (size <= 1) return f(0.5 * f(start + end) * (length - 1));
      const along = f(f(i * f(end - start)) * (length - 1));
      return f(f(start * (length - 1)) + f(along / (size - 1)));
    }
    case "half_pixel_symmetric": {
      // The centre of the output shows the centre of the input also where `size` was rounded.
      const adjustment = f(size / f(scale * length));
      const offset = f(f(length / 2) * f(1 - adjustment));
      return f(offset + (i + 0.5) / scale - 0.5);
    }
  }
}

const halfPixel = (i: number, scale: number): number => f(f(f(i + 0.5) / scale) - 0.5);

/** Original coordinates of all positions of an axis; an axis that keeps its length keeps its positions. */
export const originalCoordinates = (axis: AxisResize, mode: CoordinateMode): number[] =>
  Array.from({ length: axis.size }, (_, i) => (axis.scale === 1 ? i : originalCoordinate(i, axis, mode)));

/** The input position nearest to a coordinate; undefined outside the region that is shown. */
export function nearestPositions(
  axis: AxisResize,
  mode: CoordinateMode,
  nearest: NearestMode,
): (number | undefined)[] {
  return originalCoordinates(axis, mode).map((x) => {
    if (axis.scale !== 1 && isOutside(x, axis, mode)) return undefined;
    return Math.min(Math.max(roundTo(x, nearest, axis.scale < 1), 0), axis.length - 1);
  });
}

/** Whether a coordinate shows the extrapolation value. */
export const isOutside = (x: number, axis: AxisResize, mode: CoordinateMode): boolean =>
  mode === "tf_crop_and_resize" && (x < 0 || x > axis.length - 1);

function roundTo(x: number, mode: NearestMode, shrinks: boolean): number {
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "simple":
      return shrinks ? Math.ceil(x) : Math.trunc(x);
    case "round_prefer_ceil":
      return halfAwayFromZero(x);
    case "round_prefer_floor":
      return x === Math.trunc(x) + 0.5 ? Math.floor(x) : halfAwayFromZero(x);
  }
}

const halfAwayFromZero = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
