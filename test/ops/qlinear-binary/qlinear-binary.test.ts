import { expect, test } from "vitest";
import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import type { NodeView } from "../../../src/ops/kernel.js";
import type { LegalizeBuilder } from "../../../src/ops/legalize.js";
import { references as qlinear } from "../../../src/ops/qlinear/reference.js";
import { legalizers } from "../../../src/ops/qlinear-binary/legalize.js";
import { ops, type QBinaryAttributes } from "../../../src/ops/qlinear-binary/op.js";
import { references } from "../../../src/ops/qlinear-binary/reference.js";
import { kernels } from "../../../src/ops/qlinear-binary/scalar.js";
import { hostTarget, type KernelCase, runKernels } from "../kernel-harness.js";

const [definition] = ops;
const [kernel] = kernels;
type Byte = "int8" | "uint8";

const scalar = (value: number) => tensor("float32", [], [Math.fround(value)]);

/** Inputs of a QLinearAdd or QLinearMul whose operands run through all pairs of values. */
function inputsOf(type: Byte, scales: readonly number[], zeros: readonly number[]): Tensor[] {
  const low = type === "int8" ? -128 : 0;
  const all = Array.from({ length: 256 }, (_, i) => low + i);
  const parameters = scales.map((scale, i) => [scalar(scale), tensor(type, [], [zeros[i]])]);
  return [
    ...[
      tensor(
        type,
        [256, 256],
        all.flatMap((a) => all.map(() => a)),
      ),
      ...parameters[0],
    ],
    ...[
      tensor(
        type,
        [256, 256],
        all.flatMap(() => all),
      ),
      ...parameters[1],
    ],
    ...parameters[2],
  ];
}

interface Made {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attrs: Record<string, unknown>;
  readonly output: { readonly dtype: Tensor["dtype"]; readonly shape: readonly number[] };
}

/** The kernel-stage node that an operator with these inputs becomes; all but a and b are constants. */
function legalized(
  op: string,
  inputs: readonly Tensor[],
  attrs = {},
  constant: readonly number[] = [],
): Made {
  const made: Made[] = [];
  const infos = inputs.map((t, i) =>
    (i === 0 || i === 3) && !constant.includes(i) ? { dtype: t.dtype, shape: t.shape } : t,
  );
  const [output] = qlinear[op](inputs, attrs, 1);
  const view = {
    node: { name: "n", op, inputs: inputs.map((_, i) => `x${i}`), outputs: ["y"], attrs, origin: [] },
    attrs,
    inputs: infos,
    outputs: [{ dtype: output.dtype, shape: output.shape }],
  } as NodeView;
  const build = {
    node(name: string, names: readonly string[], out: Made["output"], values: Record<string, unknown>) {
      made.push({ op: name, inputs: names, attrs: values, output: out });
      return "made";
    },
  } as unknown as LegalizeBuilder;
  expect(legalizers[op](view, build)).toEqual(["made"]);
  expect(made).toHaveLength(1);
  return made[0];
}

const addName = "com.microsoft.QLinearAdd";
const mulName = "com.microsoft.QLinearMul";

test.each([
  { op: addName, type: "int8", scales: [0.031701, 0.019107, 0.040213], zeros: [3, -17, 5] },
  { op: addName, type: "uint8", scales: [0.011713, 0.049109, 0.050227], zeros: [130, 99, 121] },
  { op: addName, type: "int8", scales: [0.021013, 0.033017, 0.040003], zeros: [1, 2, 3], unsigned: true },
  // Ratios of powers of two, and of 21/40 and 33/40, have many ties.
  { op: addName, type: "int8", scales: [0.25, 0.25, 0.5], zeros: [3, 4, 5] },
  {
    op: addName,
    type: "int8",
    scales: [0.021, 0.033, 0.04],
    zeros: [1, 2, 3],
    ties: true,
  },
  { op: mulName, type: "uint8", scales: [0.0137, 0.0271, 0.0311], zeros: [120, 131, 128] },
  { op: mulName, type: "int8", scales: [0.125, 0.0625, 0.5], zeros: [3, -4, 5] },
  { op: mulName, type: "uint8", scales: [0.1, 0.2, 0.4], zeros: [7, 131, 10], ties: true },
] as const)("$op $type $scales: proven, and the same in C for all pairs", (c) => {
  const inputs = inputsOf(c.type, c.scales, c.zeros);
  const attrs = { unsigned: "unsigned" in c };
  const [expected] = qlinear[c.op](inputs, attrs, 1);
  const node = legalized(c.op, inputs, attrs);
  const test: KernelCase = {
    kernel,
    op: node.op,
    inputs: [inputs[0], inputs[3]],
    attrs: node.attrs,
    outputs: [node.output],
  };
  const note = "ties" in c ? /65536 pairs proven, \d+ as exceptions$/ : /65536 pairs proven$/;
  const answer = kernel.accept(viewed(test), hostTarget);
  expect(answer).toMatchObject({ notes: [expect.stringMatching(note)] });
  for (const [result] of runKernels([test, { ...test, inPlace: 1 }])) expectSame(result, expected);
  expectSame(references[node.op](test.inputs, node.attrs, 1)[0], expected);
});

/** As `toEqual`, which takes seconds for so many elements. */
function expectSame(result: Tensor, expected: Tensor): void {
  expect([result.dtype, result.shape]).toEqual([expected.dtype, expected.shape]);
  const wrong = result.data.findIndex((value, i) => value !== expected.data[i]);
  if (wrong >= 0) expect.fail(`element ${wrong} is ${result.data[wrong]}, expected ${expected.data[wrong]}`);
}

const viewed = (test: KernelCase): NodeView => ({
  node: { name: "n", op: test.op, inputs: ["a", "b"], outputs: ["y"], attrs: test.attrs, origin: [] },
  attrs: test.attrs,
  inputs: test.inputs.map((t) => t && { dtype: t.dtype, shape: t.shape }),
  outputs: test.outputs,
});

test("a function without a form is looked up", () => {
  const outputs = new Uint8Array(65536);
  for (let i = 0; i < 65536; i++) outputs[i] = ((i >> 8) * (i & 255) * 0x9e3779b1) >>> 24;
  const attrs: QBinaryAttributes = { table: { dtype: "uint8", data: outputs }, formula: undefined };
  const [a, , , b] = inputsOf("uint8", [1, 1, 1], [0, 0, 0]);
  const y = { dtype: "uint8" as const, shape: [256, 256] };
  const [[result]] = runKernels([{ kernel, op: "vcgen.QBinary", inputs: [a, b], attrs, outputs: [y] }]);
  expectSame(result, { ...y, data: outputs });
});

test.each([
  [[2, 3, 4], [3, 1], addName],
  [[1], [2, 5], addName],
  [[4, 1, 3], [2, 1], mulName],
  [[], [7], mulName],
  [[5, 4], [4], addName],
  [[0, 4], [4], addName],
] as const)("broadcasts %j with %j as the operator does", (shapeA, shapeB, op) => {
  const fill = (shape: readonly number[], step: number) => {
    const count = shape.reduce((n, d) => n * d, 1);
    return tensor(
      "int8",
      shape,
      Array.from({ length: count }, (_, i) => ((i * step) % 256) - 128),
    );
  };
  const inputs = inputsOf("int8", [0.031, 0.0213, 0.0377], [-3, 9, 1])
    .with(0, fill(shapeA, 37))
    .with(3, fill(shapeB, 101));
  const [expected] = qlinear[op](inputs, {}, 1);
  const node = legalized(op, inputs);
  expect(definition.infer([inputs[0], inputs[3]], node.attrs, 1)).toEqual([node.output]);
  const test = { op: node.op, inputs: [inputs[0], inputs[3]], attrs: node.attrs, outputs: [node.output] };
  expect(runKernels([{ kernel, ...test }])).toEqual([[expected]]);
  expect(references[node.op](test.inputs, node.attrs, 1)).toEqual([expected]);
});

test("one varying operand is a look-up", () => {
  const [a, ...rest] = inputsOf("int8", [0.031, 0.0213, 0.0377], [-3, 9, 1]);
  const single = [a, ...rest].with(3, tensor("int8", [1], [77]));
  const node = legalized(mulName, single, {}, [3]);
  expect(node).toMatchObject({ op: "vcgen.Lookup", inputs: ["x0"] });
  const [expected] = qlinear[mulName](single, {}, 1);
  const table = node.attrs.table as Pick<Tensor, "data">;
  const data = Int8Array.from(a.data as Int8Array, (x) => Number(table.data[x & 255]));
  expectSame({ ...expected, data }, expected);
});

test("held as int8, the same values less 128", () => {
  const inputs = inputsOf("uint8", [0.011713, 0.049109, 0.050227], [130, 99, 121]);
  const [expected] = qlinear[addName](inputs, {}, 1);
  const node = legalized(addName, inputs);
  for (const [a, b, y] of [
    [true, true, true],
    [true, false, false],
    [false, true, true],
  ]) {
    const attrs = definition.shiftToSigned!(node.attrs, { inputs: [a, b], outputs: [y] })!;
    const shift = (t: Tensor, is: boolean): Tensor =>
      is ? { dtype: "int8", shape: t.shape, data: Int8Array.from(t.data as Uint8Array, (x) => x - 128) } : t;
    const outputs = [{ dtype: y ? ("int8" as const) : ("uint8" as const), shape: [256, 256] }];
    const operands = [shift(inputs[0], a), shift(inputs[3], b)];
    const test = { kernel, op: node.op, inputs: operands, attrs, outputs };
    expect(kernel.accept(viewed(test), hostTarget)).toMatchObject({ reason: "two products" });
    expectSame(runKernels([test])[0][0], shift(expected, y));
  }
});
