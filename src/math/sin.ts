import { cosReduced } from "./cos-reduced.js";
import { reduceAngle } from "./reduce-angle.js";
import { sinReduced } from "./sin-reduced.js";

/** Sine of x radians; NaN for infinite x. Error at most 1.58 ulp. */
export function sin(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  if (x === 0) return x;
  const { r, quadrant } = reduceAngle(x);
  const y = quadrant & 1 ? cosReduced(r) : sinReduced(r);
  return quadrant & 2 ? -y : y;
}
