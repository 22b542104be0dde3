import { describe } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { kernels as mve } from "../../../src/ops/elementwise/mve.js";
import { kernels as neon } from "../../../src/ops/elementwise/neon.js";
import { references } from "../../../src/ops/elementwise/reference.js";
import { kernels as scalar } from "../../../src/ops/elementwise/scalar.js";
import { type CoreCase, checkOnCore } from "../check-on-core.js";
import { Random } from "../random.js";

const random = new Random(3);

function lookupCase(from: DType, to: DType, count: number): CoreCase {
  const { dtype, data } = random.tensor(to, [256]);
  const x = random.tensor(from, [count]);
  const attrs = { table: { dtype, data } };
  return { op: "vcgen.Lookup", inputs: [x], attrs, outputs: [{ dtype: to, shape: [count] }] };
}

const bytes = [1, 7, 8, 15, 16, 17, 31, 64, 999].flatMap((count) => [
  lookupCase("int8", "int8", count),
  lookupCase("uint8", "uint8", count),
]);
const wider = (["int16", "float32", "int32"] as const).flatMap((to) =>
  [1, 5, 8, 13, 99].map((count) => lookupCase("uint8", to, count)),
);

describe("vcgen.Lookup", () => {
  const all = [...mve, ...neon, ...scalar];
  checkOnCore("cortex-m4", all, references, [...bytes, ...wider], ["lookup"]);
  checkOnCore("cortex-m55", all, references, [...bytes, ...wider], ["lookup-gather"]);
  checkOnCore("cortex-a53-neon", all, references, [...bytes, ...wider], ["lookup"]);
  checkOnCore("cortex-a53-aarch64", all, references, bytes, ["lookup-tbl"]);
});
