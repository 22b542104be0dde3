import { cosReduced } from "./cos-reduced.js";
import { reduceAngle } from "./reduce-angle.js";
import { sinReduced } from "./sin-reduced.js";

/** Cosine of x radians; NaN for infinite x. Error at most 1.56 ulp. */
export function cos(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  const { r, quadrant } = reduceAngle(x);
  const y = quadrant & 1 ? sinReduced(r) : cosReduced(r);
  return (quadrant + 1) & 2 ? -y : y;
}
