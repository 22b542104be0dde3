import { describe, expect, it } from "vitest";
import { tensor, toNumbers } from "../../src/ir/tensor.js";
import { type CopyAttributes, copy } from "../../src/ops/copy/op.js";
import { references } from "../../src/ops/copy/reference.js";
import { kernels } from "../../src/ops/copy/scalar.js";
import { isRefused } from "../../src/ops/kernel.js";
import { hostTarget, type KernelCase, runKernels, viewOf } from "./kernel-harness.js";
import { bits, counting } from "./node-case.js";

const [kernel] = kernels;
const state = counting("int8", [4, 2]);
const rows = tensor("int8", [2, 2], [50, 51, 52, 53]);
const whole = { input: 0, count: [4, 2], from: [0, 0], step: [1, 1], to: [0, 0] };
const written = { input: 1, count: [2, 2], from: [0, 0], step: [1, 1], to: [1, 0] };

describe("vcgen.Copy", () => {
  const write = (pieces: CopyAttributes["pieces"]): KernelCase => ({
    kernel,
    op: "vcgen.Copy",
    inputs: [state, rows],
    attrs: { shape: [4, 2], pieces },
    outputs: [{ dtype: "int8", shape: [4, 2] }],
  });

  it("writes pieces into the memory of the input that the output starts out as", () => {
    const inPlace = write([whole, written]);
    const [[apart], [together]] = runKernels([inPlace, { ...inPlace, inPlace: 0 }]);
    expect(toNumbers(apart)).toEqual([0, 1, 50, 51, 52, 53, 6, 7]);
    expect(toNumbers(together)).toEqual([0, 1, 50, 51, 52, 53, 6, 7]);
  });

  it("does not work in place where a later piece still reads the input", () => {
    const answer = kernel.accept(viewOf(write([whole, { ...written, input: 0 }])), hostTarget);
    expect(isRefused(answer) || answer.inPlace).toBeUndefined();
  });

  it("fills with a value known while compiling, known at run time, or less 128", () => {
    const pad = (dtype: "uint8" | "int8", shiftFill: boolean, constants: number[]): KernelCase => ({
      kernel,
      op: "vcgen.Copy",
      inputs: [tensor(dtype, [2], [1, 2]), tensor(shiftFill ? "uint8" : dtype, [], [100])],
      constants,
      attrs: {
        shape: [4],
        pieces: [{ input: 0, count: [2], from: [0], step: [1], to: [1] }],
        fill: 1,
        ...(shiftFill ? { shiftFill } : {}),
      },
      outputs: [{ dtype, shape: [4] }],
    });
    const cases = [
      pad("uint8", false, [1]),
      pad("uint8", false, []),
      pad("int8", true, [1]),
      pad("int8", true, []),
    ];
    const expected = [
      [100, 1, 2, 100],
      [100, 1, 2, 100],
      [-28, 1, 2, -28],
      [-28, 1, 2, -28],
    ];
    expect(runKernels(cases).map(([y]) => toNumbers(y))).toEqual(expected);
    const byReference = cases.map((c) => references["vcgen.Copy"](c.inputs, c.attrs, 1));
    expect(byReference.map(([y]) => toNumbers(y))).toEqual(expected);
  });

  it("copies a tensor as it is", () => {
    const x = counting("float32", [3, 5]);
    const test = { kernel, op: "vcgen.Duplicate", inputs: [x], attrs: {}, outputs: [x] };
    expect(runKernels([test]).map(bits)).toEqual([bits([x])]);
  });

  it("lets a Transpose pass: op(T(x)) = T(op'(x))", () => {
    const x = counting("int16", [2, 3, 4]);
    const perm = [2, 0, 1];
    const transposed = (t: typeof x) =>
      runKernels([
        {
          kernel,
          op: "Transpose",
          inputs: [t],
          attrs: { perm },
          outputs: [{ dtype: t.dtype, shape: perm.map((a) => t.shape[a]) }],
        },
      ])[0][0];
    const attrs: CopyAttributes = {
      shape: [5, 2, 2],
      pieces: [
        { input: 0, count: [4, 2, 2], from: [3, 0, 2], step: [-1, 1, -2], to: [0, 0, 0] },
        { input: 0, count: [1, 2, 1], from: [2, 1, 1], step: [1, 0, 1], to: [4, 0, 1] },
        { input: 0, count: [1, 2, 1], from: [2, 0, 0], step: [1, 1, 1], to: [4, 0, 0] },
      ],
    };
    const moved = copy.permute!(attrs, perm, [])!;
    const [before] = references["vcgen.Copy"]([transposed(x)], attrs, 1);
    const [after] = references["vcgen.Copy"]([x], moved, 1);
    expect(bits([transposed(after)])).toEqual(bits([before]));
  });

  it("refuses pieces that reach outside", () => {
    const infer = (change: object) =>
      copy.infer([{ dtype: "int8", shape: [4, 2] }], { shape: [4, 2], pieces: [{ ...whole, ...change }] }, 1);
    expect(() => infer({ from: [1, 0] })).toThrow(/outside axis 0/);
    expect(() => infer({ step: [1, -1] })).toThrow(/outside axis 1/);
    expect(() => infer({ to: [0, 1] })).toThrow(/outside axis 1/);
  });
});
