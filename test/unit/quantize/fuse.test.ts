import { describe, expect, it } from "vitest";
import { QdqView } from "../../../src/2-quantize/qdq.js";
import type { Graph } from "../../../src/ir/graph.js";
import { GraphBuilder, operators, outputsOf, quantized } from "./build-graph.js";

// Scales are powers of two and values small, so that the float operators between DQ and Q are exact:
// the graph as it was and its integer form must then agree bit for bit.
function expectSame(graph: Graph<"onnx">): Graph<"quantized"> {
  const result = quantized(graph);
  for (const seed of [1, 2, 3]) expect(outputsOf(result, seed)).toEqual(outputsOf(graph, seed));
  return result;
}

describe("convolutions and matrix products", () => {
  const convolution = (b: GraphBuilder, x: string, bias: string[] = []) =>
    b.node("Conv", [x, b.weights("int8", [2, 2, 2], [1, -2, 3, 4, -5, 6, 7, -8], 0.25), ...bias]);

  it("Conv with an int32 bias becomes QLinearConv", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
    const bias = b.weights("int32", [2], [5, -7], 0.125 * 0.25);
    const graph = b.graph(b.pair(convolution(b, x, [bias]), 0.5, -3));
    expect(operators(expectSame(graph))).toEqual(["QuantizeLinear", "QLinearConv", "DequantizeLinear"]);
  });

  it("a float bias, or one with another scale, is rounded to int32", () => {
    for (const float of [true, false]) {
      const b = new GraphBuilder();
      const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
      const bias = float ? b.constant("float32", [2], [1.5, -0.25]) : b.weights("int32", [2], [6, -1], 0.25);
      const graph = b.graph(b.pair(convolution(b, x, [bias]), 0.5, -3));
      const result = expectSame(graph);
      const [, conv] = result.nodes;
      expect(result.values.get(conv.inputs[8])).toMatchObject({
        dtype: "int32",
        data: Int32Array.of(48, -8),
      });
    }
  });

  it("runs in integers where ONNX Runtime has two readers of an int8 tensor", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
    const y = b.pair(convolution(b, x), 0.5);
    const graph = b.graph(b.pair(b.node("Relu", [y]), 0.5), b.pair(b.node("Neg", [y]), 0.5));
    expect(operators(expectSame(graph))).toContain("QLinearConv");
  });

  it("a depthwise convolution stays in float with ONNX Runtime's, where an int8 tensor has two readers", () => {
    const build = (alone: boolean) => {
      const b = new GraphBuilder();
      const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
      const w = b.weights("int8", [2, 1, 2], [1, -2, 3, 4], 0.25);
      const y = b.pair(b.node("Conv", [x, w], { group: 2 }), 0.5);
      return b.graph(b.node("Neg", [y]), ...(alone ? [] : [b.node("Neg", [x])]));
    };
    expect(operators(expectSame(build(true)))).toContain("QLinearConv");
    expect(operators(expectSame(build(false)))).toContain("Conv");
  });

  it("weights have a scale for each output channel, on no other axis and not in blocks", () => {
    const build = (axis: number, scales: number[], blocks = 0) => {
      const b = new GraphBuilder();
      const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
      const constant = b.constant("int8", [2, 2, 2], [1, -2, 3, 4, -5, 6, 7, -8]);
      const scale = b.constant("float32", blocks ? [1, 2, 2] : [2], scales);
      const w = b.node("DequantizeLinear", [constant, scale], { axis, block_size: blocks });
      return b.graph(b.pair(b.node("Conv", [x, w]), 1));
    };
    expect(operators(expectSame(build(0, [0.25, 0.5])))).toContain("QLinearConv");
    expect(operators(expectSame(build(1, [0.25, 0.5])))).toContain("Conv");
    expect(operators(expectSame(build(0, [0.25, 0.5, 0.125, 1], 2)))).toContain("Conv");
  });

  it("weights may have 4 bits", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 2, 5]), 0.125, 3);
    const w = b.weights("int4", [1, 2, 2], [1, -2, 7, -8], 0.25);
    expect(operators(expectSame(b.graph(b.pair(b.node("Conv", [x, w]), 1))))).toContain("QLinearConv");
  });

  it("16-bit activations, weights computed at run time and outputs that nothing quantizes stay in float", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float32", [1, 2, 5]);
    const w = b.weights("int8", [1, 2, 2], [1, -2, 3, 4], 0.25);
    const wide = b.pair(b.node("Conv", [b.pair(x, 0.125, 0, "int16"), w]), 0.5, 0, "int16");
    const computed = b.pair(
      b.node("Conv", [b.pair(x, 0.125), b.pair(b.input("w", "float32", [1, 2, 2]), 1)]),
      0.5,
    );
    const open = b.node("Conv", [b.pair(x, 0.25), w]);
    const result = expectSame(b.graph(wide, computed, open));
    expect(operators(result).filter((op) => op.endsWith("Conv"))).toEqual(["Conv", "Conv", "Conv"]);
  });

  it("ConvTranspose becomes vcgen.QLinearConvTranspose", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 2, 4]), 0.125, 3);
    const w = b.weights("int8", [2, 2, 3], [1, 2, 3, -4, 5, -6, 7, 8, -9, 1, 0, 2], 0.5);
    const y = b.node("ConvTranspose", [x, w, b.constant("float32", [2], [1, -2])], {
      strides: [2],
      pads: [1, 0],
    });
    expect(operators(expectSame(b.graph(b.pair(y, 1, 5))))[1]).toBe("vcgen.QLinearConvTranspose");
  });

  it("float weights become int8, as ONNX Runtime has them", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 1, 5]), 0.125);
    const y = b.node("Conv", [x, b.constant("float32", [1, 1, 2], [-128, 127])]);
    const result = expectSame(b.graph(b.pair(y, 16)));
    const conv = result.nodes[1];
    expect(conv.op).toBe("QLinearConv");
    expect(result.values.get(conv.inputs[3])?.data).toEqual(Int8Array.of(-128, 127));
  });

  it("MatMul becomes QLinearMatMul, or MatMulIntegerToFloat where its output is not quantized", () => {
    const b = new GraphBuilder();
    const a = b.pair(b.input("a", "float32", [2, 3, 4]), 0.125, -4);
    const c = b.pair(b.input("c", "float32", [2, 4, 2]), 0.125, 7);
    const w = b.weights("int8", [2, 3], [1, -2, 3, 4, 5, -6], 0.25);
    const result = expectSame(b.graph(b.node("MatMul", [b.pair(b.node("MatMul", [a, c]), 1), w])));
    const found = operators(result).filter((op) => op.includes("MatMul"));
    expect(found).toEqual(["QLinearMatMul", "com.microsoft.MatMulIntegerToFloat"]);
  });

  it("MatMul with a bias behind it becomes QGemm, at any rank", () => {
    for (const shape of [
      [3, 2],
      [2, 3, 2],
    ]) {
      const b = new GraphBuilder();
      const a = b.pair(b.input("a", "float32", shape), 0.125, -4);
      const product = b.node("MatMul", [a, b.weights("int8", [2, 3], [1, -2, 3, 4, 5, -6], 0.25)]);
      const sum = b.node("Add", [b.constant("float32", [3], [1, -1, 0.5]), product]);
      const ops = operators(expectSame(b.graph(b.pair(sum, 0.5))));
      expect(ops).toContain("com.microsoft.QGemm");
      expect(ops).not.toContain("Add");
    }
  });

  it("Gemm with a float output becomes QGemm without output parameters", () => {
    const b = new GraphBuilder();
    const a = b.pair(b.input("a", "float32", [3, 2]), 0.125, -4);
    const w = b.weights("int8", [3, 2], [1, -2, 3, 4, 5, -6], 0.25);
    const y = b.node("Gemm", [a, w, b.constant("float32", [3], [1, 2, 3])], { transB: 1 });
    const result = expectSame(b.graph(y));
    expect(operators(result)).toEqual(["QuantizeLinear", "com.microsoft.QGemm"]);
    expect(result.nodes[1].inputs).toHaveLength(7);
  });
});

describe("Relu and Clip", () => {
  const convolution = (b: GraphBuilder) => {
    const x = b.pair(b.input("x", "float32", [1, 1, 6]), 0.125);
    return b.node("Conv", [x, b.weights("int8", [1, 1, 2], [3, -5], 0.5)]);
  };

  it("vanish where Q saturates as they do", () => {
    const b = new GraphBuilder();
    const relu = b.pair(b.node("Relu", [convolution(b)]), 0.5, -128);
    const wide = b.node("Clip", [relu, b.constant("float32", [], [-1]), b.constant("float32", [], [200])]);
    const ops = operators(expectSame(b.graph(b.pair(wide, 0.25, -128))));
    expect(ops).not.toContain("Relu");
    expect(ops).not.toContain("Clip");
  });

  it("follow the quantized convolution where they do more", () => {
    for (const op of ["Relu", "Clip"]) {
      const b = new GraphBuilder();
      const bounds = op === "Clip" ? [b.constant("float32", [], [-3]), b.constant("float32", [], [6])] : [];
      const y = b.pair(b.node(op, [convolution(b), ...bounds]), 0.5, 3);
      const ops = operators(expectSame(b.graph(y)));
      expect(ops).toEqual(["QuantizeLinear", "QLinearConv", "Clip", "DequantizeLinear"]);
    }
  });
});

describe("elementwise operators", () => {
  const sum = (b: GraphBuilder, zeroPoint = 0) => {
    const [x, y] = ["x", "y"].map((name) => b.pair(b.input(name, "float32", [2, 3]), 0.125, zeroPoint));
    return b.node("Add", [x, y]);
  };

  it("Add becomes QLinearAdd, computed on uint8 as ONNX Runtime does", () => {
    const b = new GraphBuilder();
    const result = expectSame(b.graph(b.pair(sum(b), 0.25)));
    expect(result.nodes[2]).toMatchObject({ op: "com.microsoft.QLinearAdd", attrs: { unsigned: true } });
  });

  it("Add stays in float where ONNX Runtime computes on different types", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [2, 3]), 0.125);
    const constant = b.weights("int8", [3], [1, 2, 3], 0.125);
    const result = expectSame(b.graph(b.pair(b.node("Add", [x, constant]), 0.25)));
    expect(operators(result)).toContain("Add");
  });

  it("what rounds the same fused and in float is fused in any case", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [2, 3]), 0.125);
    const constant = b.weights("int8", [2, 3], [1, 2, 3, 4, 5, 6], 0.5);
    const condition = b.input("condition", "bool", [3]);
    const y = b.pair(b.node("Where", [condition, x, b.pair(b.node("Concat", [x], { axis: 0 }), 0.25)]), 0.25);
    const all = b.node("Concat", [y, b.node("LeakyRelu", [x], { alpha: 0.5 }), constant], { axis: 1 });
    const ops = operators(expectSame(b.graph(b.pair(all, 0.5))));
    expect(ops).toContain("com.microsoft.QLinearWhere");
    expect(ops).toContain("com.microsoft.QLinearConcat");
  });

  it("16 bits stay in float", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [2, 3]), 0.125, 0, "uint16");
    const result = expectSame(b.graph(b.pair(b.node("Mul", [x, x]), 0.5, 0, "uint16")));
    expect(operators(result)).toContain("Mul");
  });
});

describe("the type ONNX Runtime computes on", () => {
  const typeOf = (build: (b: GraphBuilder) => { graph: Graph<"onnx">; tensor: string }) => {
    const { graph, tensor } = build(new GraphBuilder());
    return new QdqView(graph).computedType(tensor);
  };
  const q = (b: GraphBuilder) => b.quantize(b.input("x", "float32", [4]), 1);

  it("is uint8 for an int8 tensor with one reader", () => {
    expect(
      typeOf((b) => {
        const tensor = q(b);
        return { tensor, graph: b.graph(b.node("Relu", [b.dequantize(tensor, 1)])) };
      }),
    ).toBe("uint8");
  });

  it("stays int8 with two readers, whether they share a DequantizeLinear or not", () => {
    for (const shared of [true, false]) {
      const type = typeOf((b) => {
        const tensor = q(b);
        const first = b.dequantize(tensor, 1);
        const second = shared ? first : b.dequantize(tensor, 1);
        return { tensor, graph: b.graph(b.node("Relu", [first]), b.node("Neg", [second])) };
      });
      expect(type).toBe("int8");
    }
  });

  it("stays int8 for graph inputs, outputs and constants, and for other zero points", () => {
    const types = [
      typeOf((b) => {
        const tensor = b.input("x", "int8", [4]);
        return { tensor, graph: b.graph(b.dequantize(tensor, 1)) };
      }),
      typeOf((b) => {
        const tensor = q(b);
        return { tensor, graph: b.graph(b.dequantize(tensor, 1), tensor) };
      }),
      typeOf((b) => {
        const tensor = b.constant("int8", [4], [1, 2, 3, 4]);
        return { tensor, graph: b.graph(b.dequantize(tensor, 1)) };
      }),
      typeOf((b) => {
        const tensor = q(b);
        return { tensor, graph: b.graph(b.dequantize(tensor, 1, 2)) };
      }),
    ];
    expect(types).toEqual(["int8", "int8", "int8", "int8"]);
  });
});

describe("weights behind a rearrangement", () => {
  it("Linear layers of PyTorch: Transpose of per-channel weights", () => {
    const b = new GraphBuilder();
    const a = b.pair(b.input("a", "float32", [2, 3, 2]), 0.125, -4);
    const constant = b.constant("int8", [3, 2], [1, -2, 3, 4, 5, -6]);
    const scale = b.constant("float32", [3], [0.25, 0.5, 1]);
    const w = b.node("DequantizeLinear", [constant, scale], { axis: 0 });
    const product = b.node("MatMul", [a, b.node("Transpose", [w], { perm: [1, 0] })]);
    const ops = operators(expectSame(b.graph(b.pair(product, 0.5))));
    expect(ops).toEqual(["QuantizeLinear", "QLinearMatMul", "DequantizeLinear"]);
  });

  it("Conv1d as Conv2d: Unsqueeze of per-channel weights", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 1, 1, 5]), 0.125);
    const constant = b.constant("int8", [2, 1, 2], [1, -2, 3, 4]);
    const w = b.node("DequantizeLinear", [constant, b.constant("float32", [2], [0.25, 0.5])], { axis: 0 });
    const y = b.node("Conv", [x, b.node("Unsqueeze", [w, b.constant("int64", [1], [2])])]);
    expect(operators(expectSame(b.graph(b.pair(y, 0.5))))).toContain("QLinearConv");
  });

  it("a Reshape that splits the channels leaves the weights in float", () => {
    const b = new GraphBuilder();
    const x = b.pair(b.input("x", "float32", [1, 1, 5]), 0.125);
    const constant = b.constant("int8", [4], [1, -2, 3, 4]);
    const w = b.node("DequantizeLinear", [constant, b.constant("float32", [4], [1, 0.5, 2, 4])], { axis: 0 });
    const y = b.node("Conv", [x, b.node("Reshape", [w, b.constant("int64", [3], [2, 1, 2])])]);
    expect(operators(expectSame(b.graph(b.pair(y, 0.5))))).toContain("Conv");
  });
});
