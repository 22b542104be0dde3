import { describe, expect, it } from "vitest";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { OpError } from "../../../src/ops/op.js";
import { loadFamily, runReference } from "../node-case.js";

const all = await loadFamily("einsum");

const float = (shape: Shape, ...values: number[]): Tensor => tensor("float32", shape, values);
const einsum = (equation: string, ...inputs: readonly Tensor[]): Tensor =>
  runReference(all, { op: "Einsum", inputs, attributes: { equation } })[0];

const matrix = float([2, 3], 1, 2, 3, 4, 5, 6);

describe("Einsum", () => {
  it("transposes", () => {
    expect(einsum("ij->ji", matrix)).toEqual(float([3, 2], 1, 4, 2, 5, 3, 6));
  });

  it("sums", () => {
    expect(einsum("ij->i", matrix)).toEqual(float([2], 6, 15));
    expect(einsum("ij->", matrix)).toEqual(float([], 21));
  });

  it("multiplies matrices, with an explicit or an implicit output", () => {
    const other = float([3, 2], 1, 0, 0, 1, 1, 1);
    const product = float([2, 2], 4, 5, 10, 11);
    expect(einsum("ij,jk->ik", matrix, other)).toEqual(product);
    expect(einsum(" ij , jk ", matrix, other)).toEqual(product);
    // Without an arrow the output labels are in alphabetical order: here b a.
    expect(einsum("cb,ac", float([2, 2], 1, 2, 3, 4), float([1, 2], 10, 100))).toEqual(
      float([1, 2], 310, 420),
    );
  });

  it("multiplies batches behind an ellipsis, which broadcasts", () => {
    const batches = float([2, 1, 2], 1, 2, 3, 4);
    const other = float([2, 1], 10, 100);
    expect(einsum("...ij,...jk->...ik", batches, other)).toEqual(float([2, 1, 1], 210, 430));
    expect(einsum("...j->...", batches)).toEqual(float([2, 1], 3, 7));
  });

  it("takes outer and elementwise products", () => {
    const [a, b] = [float([2], 1, 2), float([3], 3, 4, 5)];
    expect(einsum("i,j->ji", a, b)).toEqual(float([3, 2], 3, 6, 4, 8, 5, 10));
    expect(einsum("i,i->i", a, a)).toEqual(float([2], 1, 4));
    expect(einsum("i,i->", a, a)).toEqual(float([], 5));
  });

  it("keeps the sign of zero where nothing is summed", () => {
    expect(einsum("i->i", float([1], -0))).toEqual(float([1], -0));
    expect(einsum("i,i->i", float([1], -0), float([1], 2))).toEqual(float([1], -0));
  });

  it("takes diagonals", () => {
    const square = float([2, 2], 1, 2, 3, 4);
    expect(einsum("ii->i", square)).toEqual(float([2], 1, 4));
    expect(einsum("ii", square)).toEqual(float([], 5));
    const cube = float([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8);
    expect(einsum("iji->ij", cube)).toEqual(float([2, 2], 1, 3, 6, 8));
    expect(einsum("iij,j->j", cube, float([2], 10, 100))).toEqual(float([2], 80, 1000));
  });

  it("takes three operands, as linear attention does", () => {
    const q = float([1, 1, 2, 2], 1, 2, 3, 4);
    const kv = float([1, 1, 2, 1], 5, 6);
    const z = float([1, 1, 2], 0.5, 2);
    // t = 0: (1 * 5 + 2 * 6) * 0.5; t = 1: (3 * 5 + 4 * 6) * 2
    expect(einsum("bhtd,bhde,bht->bhte", q, kv, z)).toEqual(float([1, 1, 2, 1], 8.5, 78));
  });

  it("contracts from left to right, rounding after each pair", () => {
    // (a * b) rounds to infinity before c brings it back; a * (b * c) would not.
    const huge = float([1], 3e38);
    expect(einsum("i,i,i->i", huge, float([1], 10), float([1], 0.1)).data[0]).toBe(Infinity);
  });

  it.each([
    ["ij->ii", [[2, 2]], /"i" twice/],
    ["ii->i", [[2, 1]], /in one operand/],
    ["ij,jk->ik", [[2, 3]], /does not fit 1 operand/],
    ["ij->i", [[2]], /"ij" does not fit operand 0/],
    ["i,i->i", [[2], [3]], /"i" is 2 and 3/],
    ["i->j", [[2]], /no operand has "j"/],
    ["i.j->i", [[2, 2]], /must be letters/],
    ["i->i->i", [[2]], /does not fit/],
  ] as const)("refuses %s over %j", (equation, shapes, message) => {
    const inputs = shapes.map((shape) => float(shape, ...new Array(shape[0] * (shape[1] ?? 1)).fill(1)));
    expect(() => einsum(equation, ...inputs)).toThrow(message);
    expect(() => einsum(equation, ...inputs)).toThrow(OpError);
  });
});
