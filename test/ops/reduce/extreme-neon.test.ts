import { describe } from "vitest";
import { tensor } from "../../../src/ir/tensor.js";
import { kernels as neon } from "../../../src/ops/reduce/neon.js";
import { references } from "../../../src/ops/reduce/reference.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";

const random = new Random(4);

/** Runs of any length; of zeros of either sign the last one counts, and NaN wins. */
function reduceCase(
  kind: "Max" | "Min",
  rows: number,
  length: number,
  put: readonly number[] = [],
): CoreCase {
  const x = random.tensor("float32", [rows, length]);
  const sign = kind === "Max" ? -1 : 1;
  const values = Array.from(x.data as Float32Array, (v) => sign * Math.abs(v));
  put.forEach((value, i) => {
    values[Math.floor(((i + 1) * values.length) / (put.length + 1))] = value;
  });
  const inputs = [tensor("float32", [rows, length], values)];
  return {
    op: "vcgen.Reduce",
    inputs,
    attrs: { kind, axes: [1] },
    outputs: [{ dtype: "float32", shape: [rows, 1] }],
  };
}

const cases = (["Max", "Min"] as const).flatMap((kind) => [
  reduceCase(kind, 1, 16),
  reduceCase(kind, 3, 37),
  reduceCase(kind, 1, 64, [0, -0]),
  reduceCase(kind, 1, 51, [-0, 0, -0, 0]),
  reduceCase(kind, 1, 33, [Number.NaN]),
  reduceCase(kind, 2, 20, [1e-45, -1e-45]),
  reduceCase(kind, 1, 40, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
]);

describe("vcgen.Reduce of extremes on AArch64", () => {
  checkOnCore("cortex-a53-aarch64", neon, references, cases, ["reduce-extreme"]);
});
