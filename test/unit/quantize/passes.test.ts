import { describe, expect, it } from "vitest";
import { mergeDuplicates } from "../../../src/2-quantize/merge-duplicates.js";
import { moveDataQuantized } from "../../../src/2-quantize/move-data-quantized.js";
import { narrowBeforeTranspose } from "../../../src/2-quantize/narrow-before-transpose.js";
import { propagateQuantization } from "../../../src/2-quantize/propagate-quantization.js";
import { removeDoubleQuantization } from "../../../src/2-quantize/remove-double-quantization.js";
import type { Graph } from "../../../src/ir/graph.js";
import { constantOf } from "../../../src/ir/graph.js";
import type { Pass } from "../../../src/ir/pass.js";
import { GraphBuilder, operators, outputsOf, quantized, runPass } from "./build-graph.js";

function expectSame(pass: Pass<"onnx">, graph: Graph<"onnx">): Graph<"onnx"> {
  const result = runPass(pass, graph);
  for (const seed of [1, 2, 3]) expect(outputsOf(result, seed)).toEqual(outputsOf(graph, seed));
  expect(runPass(pass, result)).toBe(result);
  return result;
}

describe("merge-duplicates", () => {
  it("merges pairs with equal parameters, and what follows them", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float32", [4]);
    const [first, second] = [b.node("Neg", [b.pair(x, 0.5)]), b.node("Neg", [b.pair(x, 0.5)])];
    const graph = b.graph(first, b.node("Add", [second, b.pair(x, 0.25)]));
    const result = expectSame(mergeDuplicates, graph);
    expect(operators(result).filter((op) => op === "QuantizeLinear")).toHaveLength(2);
    expect(operators(result).filter((op) => op === "Neg")).toHaveLength(1);
  });

  it("keeps graph outputs apart by place, and random numbers apart", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float32", [4]);
    const result = expectSame(mergeDuplicates, b.graph(b.node("Neg", [x]), b.node("Neg", [x])));
    expect(result.outputs).toHaveLength(2);
  });
});

describe("remove-double-quantization", () => {
  it("keeps the range that both pairs have", () => {
    const b = new GraphBuilder();
    // -12.8..12.7 and 0..25.5 share 0..12.7.
    const twice = b.pair(b.pair(b.input("x", "float32", [4]), 0.1), 0.1, -128);
    const result = runPass(removeDoubleQuantization, b.graph(b.node("Neg", [twice])));
    expect(operators(result)).toEqual(["QuantizeLinear", "DequantizeLinear", "Neg"]);
    const [scale, zeroPoint] = result.nodes[0].inputs
      .slice(1)
      .map((name) => constantOf(result, name)!.data[0]);
    expect(scale).toBeCloseTo(12.7 / 255, 6);
    expect(zeroPoint).toBe(-128);
  });

  it("leaves tensors with two readers and 16-bit tensors alone", () => {
    const b = new GraphBuilder();
    const inner = b.quantize(b.input("x", "float32", [4]), 0.1);
    const outer = b.pair(b.dequantize(inner, 0.1), 0.25);
    const wide = b.pair(b.pair(b.input("y", "float32", [4]), 0.1, 0, "int16"), 0.25, 0, "int16");
    const graph = b.graph(outer, b.dequantize(inner, 0.1), wide);
    expect(runPass(removeDoubleQuantization, graph)).toBe(graph);
  });
});

describe("narrow-before-transpose", () => {
  const chain = (last: "Transpose" | "Neg") => {
    const b = new GraphBuilder();
    const perm = { perm: [1, 0] };
    const x = b.node("Transpose", [b.pair(b.input("x", "float32", [2, 3]), 0.1)], perm);
    const sum = b.node("Add", [b.pair(x, 0.1, -128), b.pair(b.input("y", "float32", [3, 2]), 0.5)]);
    return b.graph(b.node(last, [b.pair(sum, 0.5)], last === "Transpose" ? perm : {}));
  };
  const scales = (graph: Graph) =>
    graph.nodes
      .filter((node) => node.op === "QuantizeLinear")
      .map((node) => Number(constantOf(graph, node.inputs[1])!.data[0]).toFixed(3));

  it("narrows the pair before a Transpose that ONNX Runtime pushes to the next one", () => {
    const graph = chain("Transpose");
    const result = runPass(narrowBeforeTranspose, graph);
    expect(operators(result)).toEqual(operators(graph));
    expect(scales(result).filter((scale) => scale === "0.050")).toHaveLength(1);
  });

  it("leaves a Transpose alone that has nowhere to go", () => {
    const graph = chain("Neg");
    expect(scales(runPass(narrowBeforeTranspose, graph))).toEqual(scales(graph));
  });
});

describe("propagate-quantization", () => {
  it("carries Q backward over data movements, to a computed tensor or an input", () => {
    const b = new GraphBuilder();
    const moved = b.node("Transpose", [b.node("Neg", [b.input("x", "float32", [2, 3])])], { perm: [1, 0] });
    const shape = b.constant("int64", [1], [6]);
    const reshaped = b.node("Reshape", [b.input("y", "float32", [2, 3]), shape]);
    const graph = b.graph(b.quantize(moved, 0.5), b.quantize(reshaped, 0.5));
    const result = expectSame(propagateQuantization, graph);
    expect(operators(result)).toEqual([
      "Neg",
      ...["QuantizeLinear", "DequantizeLinear", "Transpose", "QuantizeLinear"],
      ...["QuantizeLinear", "DequantizeLinear", "Reshape", "QuantizeLinear"],
    ]);
  });

  it("carries DQ forward, to every reader and to a graph output", () => {
    const b = new GraphBuilder();
    const dq = b.dequantize(b.input("x", "int8", [2, 3]), 0.5);
    const moved = b.node("Transpose", [dq], { perm: [1, 0] });
    const back = b.node("Transpose", [moved], { perm: [1, 0] });
    const result = expectSame(propagateQuantization, b.graph(b.node("Neg", [moved]), back));
    expect(operators(result).filter((op) => op === "QuantizeLinear")).toHaveLength(2);
    const output = result.nodes.find((node) => node.outputs[0] === result.outputs[1]);
    expect(output?.op).toBe("DequantizeLinear");
  });

  it("stops at values with several readers", () => {
    const b = new GraphBuilder();
    const y = b.node("Neg", [b.input("x", "float32", [2, 3])]);
    const moved = b.node("Transpose", [y], { perm: [1, 0] });
    const graph = b.graph(b.quantize(moved, 0.5), b.node("Neg", [y]));
    expect(runPass(propagateQuantization, graph)).toBe(graph);
  });
});

describe("move-data-quantized", () => {
  it("moves the quantized tensor where Q undoes DQ", () => {
    const b = new GraphBuilder();
    const x = b.dequantize(b.input("x", "int8", [2, 3]), 0.5, 3);
    const gathered = b.pair(b.node("Gather", [x, b.constant("int64", [2], [1, 0])], { axis: 0 }), 0.5, 3);
    const result = expectSame(moveDataQuantized, b.graph(b.node("Neg", [gathered])));
    expect(operators(result)).toEqual(["Gather", "DequantizeLinear", "Neg"]);
  });

  it("fills with the quantized value", () => {
    for (const value of [undefined, 1, 1000]) {
      const b = new GraphBuilder();
      const x = b.dequantize(b.input("x", "int8", [2, 3]), 0.5, 3);
      const fill = value === undefined ? [] : [b.constant("float32", [], [value])];
      const padded = b.node("Pad", [x, b.constant("int64", [4], [0, 1, 0, 1]), ...fill]);
      const result = expectSame(moveDataQuantized, b.graph(b.quantize(padded, 0.5, 3)));
      expect(operators(result)).toEqual(["Pad"]);
    }
  });

  it("splits 16-bit tensors, too", () => {
    const b = new GraphBuilder();
    const x = b.dequantize(b.input("x", "int16", [2, 4]), 0.5);
    const part = b.node("Split", [x, b.constant("int64", [2], [1, 3])], { axis: 1 }, 2);
    const outputs = [part, `${part}.1`].map((name) => b.quantize(name, 0.5, 0, "int16"));
    expect(operators(expectSame(moveDataQuantized, b.graph(...outputs)))).toEqual(["Split"]);
  });

  it("leaves movements between different parameters in float", () => {
    const b = new GraphBuilder();
    const x = b.dequantize(b.input("x", "int8", [2, 3]), 0.5);
    const graph = b.graph(b.quantize(b.node("Transpose", [x], { perm: [1, 0] }), 0.25));
    expect(runPass(moveDataQuantized, graph)).toBe(graph);
  });

  it("removes DQ and Q with the same parameters", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "uint8", [4]);
    const result = runPass(moveDataQuantized, b.graph(b.quantize(b.dequantize(x, 0.5, 9), 0.5, 9, "uint8")));
    expect([operators(result), result.outputs]).toEqual([[], ["x"]]);
  });
});

it("constants that stay in float are dequantized, with what follows from them", () => {
  const b = new GraphBuilder();
  const weights = b.node("Neg", [b.weights("int8", [2, 2], [1, 2, 3, 4], 0.5, 1)]);
  const graph = b.graph(b.node("Mul", [b.input("x", "float32", [2, 2]), weights]));
  const result = quantized(graph);
  expect(operators(result)).toEqual(["Mul"]);
  expect(constantOf(result, result.nodes[0].inputs[1])?.data).toEqual(Float32Array.of(-0, -0.5, -1, -1.5));
});

it("a graph without quantization stays as it is", () => {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", [1, 1, 4]);
  const y = b.node("Relu", [b.node("Conv", [x, b.constant("float32", [1, 1, 2], [1, 2])])]);
  const graph = b.graph(b.node("Sigmoid", [y]));
  expect(quantized(graph)).toEqual({ ...graph, stage: "quantized" });
});
