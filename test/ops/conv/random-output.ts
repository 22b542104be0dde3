import { dtypeInfo } from "../../../src/ir/dtype.js";
import type { AccumulatorOutput } from "../../../src/ops/requantize.js";
import type { Random } from "../random.js";

/** A random output of an accumulating operator, with scales that bring sums of `terms` products into range. */
export function randomOutput(
  random: Random,
  kind: AccumulatorOutput["kind"],
  channels: number,
  terms: number,
): AccumulatorOutput {
  if (kind !== "requantize") return { kind };
  const dtype = random.pick(["int8", "uint8", "int16", "uint16"] as const);
  const { min, max } = dtypeInfo[dtype];
  const [low, high] =
    random.next() < 0.5 ? [min, max] : [random.int(min, max), random.int(min, max)].sort((a, b) => a - b);
  const typical = (max - min) / (8000 * Math.sqrt(terms));
  return {
    kind,
    dtype,
    scales: Array.from({ length: random.pick([1, channels]) }, () =>
      random.next() < 0.1 ? 0.5 : Math.fround(typical * (0.2 + random.next())),
    ),
    zeroPoint: random.int(min, max),
    min: low,
    max: high,
  };
}
