import { describe, expect, it } from "vitest";
import { bits, loadFamily, type NodeCase, prepare, runAsC, runReference } from "../node-case.js";
import { Random } from "../random.js";

const all = await loadFamily(
  "einsum",
  "transpose",
  "copy",
  "conv",
  "matmul",
  "elementwise",
  "reduce",
  "take",
);

const sizes: Readonly<Record<string, number>> = { b: 2, h: 3, t: 4, s: 5, d: 6, e: 2, i: 3, j: 4, k: 5 };

/** Operands of the sizes above; `constant` ones are known while compiling. */
function einsumCase(seed: number, equation: string, constant: readonly number[] = []): NodeCase {
  const random = new Random(seed);
  const inputs = equation
    .split("->")[0]
    .split(",")
    .map((term) =>
      random.tensor(
        "float32",
        [...term].map((label) => sizes[label]),
      ),
    );
  const runtime = inputs.flatMap((_, i) => (constant.includes(i) ? [] : [i]));
  return { op: "Einsum", inputs, attributes: { equation }, runtime };
}

const cases = [
  einsumCase(1, "ij->ji"),
  einsumCase(2, "ijk->k"),
  einsumCase(3, "ij,jk->ik"),
  einsumCase(4, "ij,jk->ki"),
  einsumCase(5, "ij,jk", [1]),
  einsumCase(6, "i,j->ij"),
  einsumCase(7, "ij,ij->i"),
  einsumCase(8, "bhtd,bhsd->bhts"),
  einsumCase(9, "bhts,bhsd->bthd"),
  einsumCase(10, "bhtd,bhde,bht->bhte"),
  einsumCase(11, "bhtd,bhte->bhde"),
  einsumCase(12, "ijk,jk->i"),
  einsumCase(13, "ijk,b->jb"),
  einsumCase(14, "it,jd,ijtd->ij"),
  einsumCase(15, "ij,jk,kd->id", [1, 2]),
  einsumCase(18, "ijij->ji"),
  einsumCase(19, "hthd,t->hd"),
  einsumCase(20, "ss"),
  einsumCase(21, "ijji,jk->ik", [0]),
];

describe("Einsum in C", () => {
  it("gives the reference's bytes", () => {
    const results = runAsC(all, cases);
    cases.forEach((test, i) => {
      expect(bits(results[i]), String(test.attributes?.equation)).toEqual(bits(runReference(all, test)));
    });
  });

  it("broadcasts dimensions of 1 behind an ellipsis", () => {
    const random = new Random(16);
    const inputs = [random.tensor("float32", [1, 4, 3]), random.tensor("float32", [2, 3, 5])];
    const test = { op: "Einsum", inputs, attributes: { equation: "...ij,...jk->...ik" }, runtime: [0, 1] };
    expect(bits(runAsC(all, [test])[0])).toEqual(bits(runReference(all, test)));
  });

  it("refuses to sum over a dimension that one operand broadcasts", () => {
    const random = new Random(17);
    const inputs = [random.tensor("float32", [3, 1]), random.tensor("float32", [4, 2])];
    const test = { op: "Einsum", inputs, attributes: { equation: "ij,jk->ik" }, runtime: [0, 1] };
    expect(prepare(all, test).outputs[0].shape).toEqual([3, 2]);
    expect(() => runAsC(all, [test])).toThrow(/broadcasts/);
  });
});
