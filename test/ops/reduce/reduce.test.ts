import { describe, expect, it } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { numel, type Shape, type Tensor, tensor, toNumbers } from "../../../src/ir/tensor.js";
import {
  bits,
  int64s,
  loadFamily,
  type NodeCase,
  onnxNodeTests,
  runAsC,
  runReference,
} from "../node-case.js";
import { firstBeyondTolerance } from "../tolerance.js";

const all = await loadFamily("elementwise", "reduce");
const cases = onnxNodeTests(all.ops.filter((op) => /^Reduce|^Arg/.test(op.name)).map((op) => op.name));

describe.skipIf(cases.length === 0)("ONNX node tests", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s: reference", (_, { node, expected }) => {
    expect(firstBeyondTolerance(runReference(all, node)[0], expected[0])).toBeUndefined();
  });

  it("kernels give the reference's bytes", () => {
    const got = runAsC(
      all,
      cases.map(({ node }) => node),
    );
    cases.forEach(({ name, node }, i) => {
      expect([name, bits(got[i])]).toEqual([name, bits(runReference(all, node))]);
    });
  });
});

const numbers = (node: NodeCase): number[] => toNumbers(runReference(all, node)[0]);

describe("values worked out by hand", () => {
  const x = tensor("float32", [2, 3], [1, -2, 3, 4, 0, -1]);
  const over = (op: string, axes: number[], more: Partial<NodeCase> = {}): NodeCase => ({
    op,
    inputs: [x, int64s(...axes)],
    ...more,
  });

  it("for every kind", () => {
    expect(numbers(over("ReduceSum", [1]))).toEqual([2, 3]);
    expect(numbers(over("ReduceMean", [-2]))).toEqual([2.5, -1, 1]);
    expect(numbers(over("ReduceProd", [1]))).toEqual([-6, -0]);
    expect(numbers(over("ReduceMax", [0, 1]))).toEqual([4]);
    expect(numbers(over("ReduceMin", []))).toEqual([-2]);
    expect(numbers(over("ReduceL1", [1]))).toEqual([6, 5]);
    expect(numbers(over("ReduceL2", [0])).map((v) => v.toFixed(4))).toEqual(["4.1231", "2.0000", "3.1623"]);
    expect(numbers(over("ReduceSumSquare", [1]))).toEqual([14, 17]);
    expect(numbers(over("ReduceLogSum", [1])).map((v) => v.toFixed(6))).toEqual(["0.693147", "1.098612"]);
    expect(numbers(over("ReduceLogSumExp", [1]))[0]).toBeCloseTo(
      Math.log(Math.E + Math.exp(-2) + Math.exp(3)),
      6,
    );
  });

  it("sums from left to right", () => {
    const terms = tensor("float32", [3], [4, 4, 1e8]);
    expect(numbers({ op: "ReduceSum", inputs: [terms] })).toEqual([100000008]);
    const other = tensor("float32", [3], [1e8, 4, 4]);
    expect(numbers({ op: "ReduceSum", inputs: [other] })).toEqual([1e8]);
  });

  it("with no axes to reduce, still applies the function", () => {
    const attributes = { noop_with_empty_axes: 1 };
    expect(numbers({ op: "ReduceL1", inputs: [x], attributes })).toEqual([1, 2, 3, 4, 0, 1]);
    expect(runReference(all, { op: "ReduceSumSquare", inputs: [x], attributes })[0].shape).toEqual([2, 3]);
  });

  it("with axes as an attribute", () => {
    const [y] = runReference(all, {
      op: "ReduceMax",
      inputs: [x],
      attributes: { axes: [1], keepdims: 0 },
      opset: 11,
    });
    expect([y.shape, toNumbers(y)]).toEqual([[2], [3, 4]]);
  });

  it("in integers", () => {
    const bytes = tensor("int8", [4], [127, 1, -3, 5]);
    expect(numbers({ op: "ReduceMax", inputs: [bytes] })).toEqual([127]);
    const wide = tensor("int32", [3], [2147483647, 1, 5]);
    expect(numbers({ op: "ReduceSum", inputs: [wide] })).toEqual([-2147483643]);
    expect(numbers({ op: "ReduceMean", inputs: [tensor("int32", [3], [-4, -2, -1])] })).toEqual([-2]);
  });

  it("of the first or the last of equal elements", () => {
    const ties = tensor("int8", [5], [1, 7, 3, 7, 1]);
    expect(numbers({ op: "ArgMax", inputs: [ties] })).toEqual([1]);
    expect(numbers({ op: "ArgMax", inputs: [ties], attributes: { select_last_index: 1 } })).toEqual([3]);
    expect(numbers({ op: "ArgMin", inputs: [ties], attributes: { select_last_index: 1 } })).toEqual([4]);
  });

  it("refuses axes computed at run time", () => {
    expect(() => runReference(all, over("ReduceSum", [1], { runtime: [0, 1] }))).toThrow(/axes.*run time/);
    expect(() => runReference(all, over("ReduceSum", [2]))).toThrow(/axis 2 is out of range/);
  });
});

describe("kernels", () => {
  const shapes: readonly (readonly [Shape, readonly number[]])[] = [
    [[2, 3, 4, 5], [3]],
    [[2, 3, 4, 5], [0]],
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [
      [2, 3, 4, 5],
      [1, 2],
    ],
    [
      [2, 1, 4, 1],
      [1, 2],
    ],
    [[6], [0]],
    [
      [1, 3, 1],
      [0, 2],
    ],
    [[3, 0, 2], [1]],
    [[0, 3], [1]],
  ];
  const random = (dtype: DType, shape: Shape): Tensor => {
    let state = 12345;
    const value = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return dtype === "float32" ? state / 2 ** 31 - 0.8 : (state >>> 16) % 23;
    };
    return tensor(dtype, shape, Array.from({ length: numel(shape) }, value));
  };
  const kinds = ["Sum", "Mean", "Prod", "Max", "Min", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"];
  const nodes = shapes.flatMap(([shape, axes]): NodeCase[] => [
    ...kinds.map((kind) => ({
      op: `Reduce${kind}`,
      inputs: [random("float32", shape), int64s(...axes)],
      attributes: { keepdims: axes.length % 2 },
    })),
    ...["Sum", "Mean", "Prod", "Max", "Min", "L1", "SumSquare"].flatMap((kind) =>
      (["int8", "uint8", "int32", "int64", "uint64"] as const).map((dtype) => ({
        op: `Reduce${kind}`,
        // A mean of no integers would divide by 0.
        inputs: [random(dtype, kind === "Mean" ? shape.map((d) => d || 1) : shape), int64s(...axes)],
      })),
    ),
    ...(shape[axes[0]] === 0 ? [] : ["ArgMax", "ArgMin"]).flatMap((op) =>
      (["float32", "int8", "uint64"] as const).map((dtype) => ({
        op,
        inputs: [random(dtype, shape)],
        attributes: { axis: axes[0], keepdims: 0, select_last_index: axes.length % 2 },
      })),
    ),
  ]);

  it("give the reference's bytes", () => {
    const got = runAsC(all, nodes);
    nodes.forEach((node, i) => {
      const name = `${node.op} ${node.inputs[0]?.dtype}[${node.inputs[0]?.shape}]`;
      expect([name, bits(got[i])]).toEqual([name, bits(runReference(all, node))]);
    });
  });
});

describe("permute", () => {
  const definition = all.ops.find((op) => op.name === "vcgen.Reduce")!;
  const x = { dtype: "float32" as const, shape: [2, 3, 4] };
  it("keeps the order of a float sum", () => {
    expect(definition.permute!({ kind: "Sum", axes: [1, 2] }, [1, 0, 2], [x])).toEqual({
      kind: "Sum",
      axes: [0, 2],
    });
    expect(definition.permute!({ kind: "Sum", axes: [1, 2] }, [0, 2, 1], [x])).toBeUndefined();
    expect(definition.permute!({ kind: "Max", axes: [1, 2] }, [0, 2, 1], [x])).toEqual({
      kind: "Max",
      axes: [1, 2],
    });
  });
});
