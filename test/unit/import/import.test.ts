import { describe, expect, test } from "vitest";
import type { Graph } from "../../../src/ir/graph.js";
import { verifyGraph } from "../../../src/ir/verify.js";
import {
  attribute,
  convModel,
  floats,
  importModel,
  int64s,
  ints,
  type ModelParts,
  node,
  nodeModel,
  quantModel,
  type,
  valueInfo,
} from "./build-model.js";

/** `Op(input, input) -> output` for each node. */
const lines = (graph: Graph): string[] =>
  graph.nodes.map((n) => `${n.op}(${n.inputs.join(", ")}) -> ${n.outputs.join(", ")}`);

function imported(model: ModelParts, options = {}): Graph<"onnx"> {
  const { graph, diagnostics } = importModel(model, options);
  expect(diagnostics).toEqual([]);
  verifyGraph(graph, "import");
  return graph;
}

/** The numbers of the model's only output, which must be a constant. */
function constantOutput(model: ModelParts): { dtype: string; shape: readonly number[]; data: unknown[] } {
  const graph = imported(model);
  expect(graph.nodes).toEqual([]);
  const { dtype, shape, data } = graph.values.get(graph.outputs[0])!;
  return { dtype, shape, data: Array.from(data as ArrayLike<unknown>) };
}

describe("structure", () => {
  test("nodes, values, attributes and ports", () => {
    const graph = imported(convModel());
    expect(lines(graph)).toEqual(["Conv(x, w) -> c", "Transpose(c) -> y"]);
    expect(graph.values.get("c")).toMatchObject({ dtype: "float32", shape: [1, 3, 4] });
    expect(graph.values.get("y")).toMatchObject({ shape: [1, 4, 3] });
    expect(graph.nodes[1].attrs).toMatchObject({ perm: [0, 2, 1] });
    expect(graph.nodes[0]).toMatchObject({ name: "make_c", origin: ["make_c"] });
    expect([graph.inputs, graph.outputs, graph.stage, graph.name]).toEqual([["x"], ["y"], "onnx", "g"]);
  });

  test("nodes in any order are sorted; what no output needs is not even looked at", () => {
    const [conv, transpose] = convModel().node!;
    const dead = node("Frobnicate", ["x"], ["d"]);
    expect(lines(imported(convModel({ node: [dead, transpose, conv] })))).toEqual([
      "Conv(x, w) -> c",
      "Transpose(c) -> y",
    ]);
  });

  test("a chain of 20,000 nodes", () => {
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, i) =>
      node("Transpose", [i === 0 ? "x" : `t${i - 1}`], [i === count - 1 ? "y" : `t${i}`]),
    );
    expect(imported(nodeModel(chain[0], { node: chain.reverse() })).nodes).toHaveLength(count);
  });

  test("names: none, the same twice, C keywords, names that are one identifier in C", () => {
    const names = ["int", "a.b", "a/b", "a:b", "1st", "while", "y"];
    const chain = names.map((name, i) =>
      node("Transpose", [i === 0 ? "x" : names[i - 1]], [name], [], { name: i % 2 ? "" : "same" }),
    );
    const graph = imported(nodeModel(chain[0], { node: chain }));
    expect(graph.nodes.map((n) => n.outputs[0])).toEqual(names);
    expect(graph.nodes.map((n) => n.name)).toEqual([
      "same",
      "Transpose -> a.b",
      "same_2",
      "Transpose -> a:b",
      "same_3",
      "Transpose -> while",
      "same_4",
    ]);
  });

  test("initializers that are listed as inputs, as up to IR version 3", () => {
    const graph = imported(convModel({ input: [valueInfo("x", [1, 2, 4]), valueInfo("w", [3, 2, 1])] }));
    expect(graph.inputs).toEqual(["x"]);
  });

  test("outputs that are an input, a constant, or the same value twice", () => {
    const graph = imported({
      input: [valueInfo("x", [4])],
      output: ["x", "k", "a", "b"].map((name) => valueInfo(name, undefined)),
      initializer: [floats("k", [1], [5])],
      node: [node("Transpose", ["x"], ["t"]), node("Identity", ["t"], ["a"]), node("Identity", ["a"], ["b"])],
    });
    expect(lines(graph)).toEqual(["Transpose(x) -> t"]);
    expect(graph.outputs).toEqual(["x", "k", "t", "t"]);
    expect(graph.ports?.outputs.map((port) => port.name)).toEqual(["x", "k", "a", "b"]);
  });

  test("opsets that no node uses are ignored", () => {
    const opsetImport = [
      { domain: "ai.onnx", version: 17 },
      { domain: "com.microsoft.nchwc", version: 1 },
      { domain: "ai.onnx.ml", version: 99 },
    ];
    imported(convModel({ opset: 0, model: { opsetImport } }));
  });

  test("a declared output shape that is wrong is only warned of", () => {
    const { diagnostics } = importModel(convModel({ output: [valueInfo("y", [1, 3, 4])] }));
    expect(diagnostics).toMatchObject([{ code: "import/output-shape", severity: "warning", origin: "y" }]);
  });
});

describe("dynamic axes", () => {
  const model: ModelParts = {
    input: [valueInfo("a", ["n", 3]), valueInfo("b", ["n", undefined]), valueInfo("c", undefined)],
    output: [valueInfo("y", ["n", "m"])],
    node: [node("Concat", ["a", "b", "c"], ["y"], [attribute.int("axis", 1)])],
  };

  test("a shape binds unknown dimensions, and its symbols bind those of other inputs", () => {
    const graph = imported(
      { ...model, input: [model.input![0], valueInfo("b", ["n", 2]), model.input![2]] },
      { shapes: { a: [5, 3], c: [5, 1] } },
    );
    expect(graph.values.get("b")!.shape).toEqual([5, 2]);
    expect(graph.values.get("y")!.shape).toEqual([5, 6]);
  });

  test("a value given for an input makes it a constant", () => {
    const reshape = nodeModel(node("Reshape", ["x", "s"], ["y"]), {
      input: [valueInfo("x", [4]), valueInfo("s", ["rank"], type.int64)],
    });
    const s = { dtype: "int64", shape: [2], data: BigInt64Array.of(2n, -1n) };
    const graph = imported(reshape, { constants: { s } });
    expect(graph.inputs).toEqual(["x"]);
    expect(graph.values.get("y")!.shape).toEqual([2, 2]);
  });
});

describe("folding", () => {
  test("shape arithmetic", () => {
    // As exporters write view(x.size(1), -1).
    const graph = imported({
      input: [valueInfo("x", [2, 3, 4])],
      output: [valueInfo("y", [3, 8])],
      initializer: [int64s("one", [1]), int64s("two", [2]), int64s("rest", [-1])],
      node: [
        node("Shape", ["x"], ["shape"]),
        node("Slice", ["shape", "one", "two"], ["size"]),
        node("Concat", ["size", "rest"], ["to"], [attribute.int("axis", 0)]),
        node("Reshape", ["x", "to"], ["y"]),
      ],
    });
    expect(lines(graph)).toEqual(["Reshape(x, to) -> y"]);
    expect(Array.from(graph.values.get("to")!.data as BigInt64Array)).toEqual([3n, -1n]);
  });

  test("constants stay behind their DequantizeLinear, but are quantized", () => {
    const graph = imported({
      output: [valueInfo("y", [3])],
      initializer: [floats("w", [3], [1, -1, 0.26]), floats("s", [], [0.5])],
      node: [node("QuantizeLinear", ["w", "s"], ["q"]), node("DequantizeLinear", ["q", "s"], ["y"])],
    });
    expect(lines(graph)).toEqual(["DequantizeLinear(q, s) -> y"]);
    // No zero point: uint8. 0.26 / 0.5 rounds to 1.
    expect(graph.values.get("q")).toMatchObject({ dtype: "uint8", data: Uint8Array.of(2, 0, 1) });
  });

  /** `count` outputs of `size` int64 zeros, 8 bytes each, asked for in a few bytes. */
  const expansions = (size: number, count: number): Graph => {
    const names = Array.from({ length: count }, (_, i) => `e${i}`);
    return imported({
      output: names.map((name) => valueInfo(name, undefined, type.int64)),
      initializer: [int64s("zero", [0]), int64s("size", [size])],
      node: names.map((name) => node("Expand", ["zero", "size"], [name])),
    });
  };

  test("a constant too large to keep is left to run time", () => {
    expect(expansions(1000, 1).nodes).toHaveLength(0);
    expect(expansions(2 ** 27, 1).nodes).toHaveLength(1);
  });

  test("so are many that are too large together", () => {
    expect(expansions(2 ** 20, 40).nodes.length).toBeGreaterThan(0);
  });
});

describe("exporter noise", () => {
  test("Identity and Dropout go, also between Q and DQ", () => {
    const model = quantModel(floats("", [], [0.5]));
    const [quantize, dequantize] = model.node!;
    const graph = imported({
      ...model,
      node: [
        node("Identity", ["x"], ["i"]),
        node("Dropout", ["i"], ["d", "mask"]),
        { ...quantize, input: ["d", "scale", "zp"] },
        node("Identity", ["q"], ["i2"]),
        { ...dequantize, input: ["i2", "scale", "zp"] },
      ],
    });
    expect(lines(graph)).toEqual([
      "QuantizeLinear(x, scale, zp) -> q",
      "DequantizeLinear(q, scale, zp) -> y",
    ]);
  });

  test("the mask of a Dropout keeps everything", () => {
    const graph = imported({
      input: [valueInfo("x", [2, 2])],
      output: [valueInfo("m", [2, 2], type.bool)],
      node: [node("Dropout", ["x"], ["d", "m"])],
    });
    expect(graph.values.get("m")).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 1, 1, 1) });
  });

  test.each<[string, ReturnType<typeof attribute.int>, string, number[], unknown[]]>([
    ["value", attribute.tensor("value", ints("", type.int32, [1, 2], [7, -8])), "int32", [1, 2], [7, -8]],
    ["value_float", attribute.float("value_float", 0.5), "float32", [], [0.5]],
    ["value_floats", attribute.floats("value_floats", [0.5, 2]), "float32", [2], [0.5, 2]],
    ["value_int", attribute.int("value_int", -3), "int64", [], [-3n]],
    ["value_ints", attribute.ints("value_ints", [1, 2, 3]), "int64", [3], [1n, 2n, 3n]],
    ["value_ints, none", attribute.ints("value_ints", []), "int64", [0], []],
  ])("Constant with %s", (_, value, dtype, shape, data) => {
    const made = node("Constant", [], ["y"], [value]);
    const output = [valueInfo("y", undefined, 0)];
    expect(constantOutput({ output, node: [made] })).toEqual({ dtype, shape, data });
  });
});

describe("If", () => {
  const scaled = (name: string, perm: number[]) => ({
    initializer: [int64s("inner", [1])],
    node: [
      node("Transpose", ["x"], ["t"], [attribute.ints("perm", perm)]),
      node("Unsqueeze", ["t", "inner"], [name]),
    ],
    output: [valueInfo(name, undefined)],
  });
  const model = (condition: number): ModelParts => ({
    input: [valueInfo("x", [2, 3])],
    output: [valueInfo("y", undefined)],
    initializer: [ints("yes", type.bool, [], [condition]), int64s("two", [2])],
    node: [
      // The branches read x from the graph around them, and both call their own values alike.
      node(
        "If",
        ["yes"],
        ["a"],
        [
          attribute.graph("then_branch", scaled("b", [0, 1])),
          attribute.graph("else_branch", scaled("b", [1, 0])),
        ],
      ),
      node(
        "If",
        ["yes"],
        ["c"],
        [
          attribute.graph("then_branch", scaled("b", [1, 0])),
          attribute.graph("else_branch", scaled("b", [0, 1])),
        ],
      ),
      node("Concat", ["a", "a"], ["d"], [attribute.int("axis", 0)]),
      node("Reshape", ["c", "shape"], ["e"]),
      node("Shape", ["a"], ["shape"]),
      node("Concat", ["d", "e"], ["y"], [attribute.int("axis", 0)]),
    ],
  });

  test.each([
    [1, [2, 1, 3]],
    [0, [3, 1, 2]],
  ])("a constant condition of %i chooses the branch", (condition, shape) => {
    const graph = imported(model(condition));
    expect(lines(graph).filter((line) => line.startsWith("Transpose"))).toHaveLength(2);
    expect(graph.nodes.map((n) => n.op)).not.toContain("If");
    const concat = graph.nodes.find((n) => n.op === "Concat")!;
    expect(graph.values.get(concat.inputs[0])!.shape).toEqual(shape);
  });
});

/** 2^63 - 1, which no JavaScript number holds. */
const int64Max = { low: -1, high: 0x7fffffff, unsigned: false } as unknown as number;

describe("older and other forms", () => {
  test("attributes that became inputs", () => {
    const model = (opset: number, made: ReturnType<typeof node>, initializer = [int64s("axes", [0])]) =>
      nodeModel(made, { opset, initializer });
    const old = imported(model(11, node("Unsqueeze", ["x"], ["y"], [attribute.ints("axes", [0])]), []));
    const now = imported(model(13, node("Unsqueeze", ["x", "axes"], ["y"])));
    expect(old.values.get("y")!.shape).toEqual([1, 4]);
    const axes = (graph: Graph) => graph.values.get(graph.nodes[0].inputs[1])!.data;
    expect(axes(old)).toEqual(axes(now));
    expect(old.nodes[0].attrs).toEqual(now.nodes[0].attrs);
  });

  test("the end of a Slice at the largest int64", () => {
    const slice = node(
      "Slice",
      ["x"],
      ["y"],
      [attribute.ints("starts", [1]), { name: "ends", type: 7, ints: [int64Max] }],
    );
    expect(imported(nodeModel(slice, { opset: 9 })).values.get("y")!.shape).toEqual([3]);
  });

  test("com.microsoft QuantizeLinear and DequantizeLinear are the standard ones", () => {
    const model = quantModel(floats("", [], [0.5]), { opset: 17 });
    const graph = imported({ ...model, node: model.node!.map((n) => ({ ...n, domain: "com.microsoft" })) });
    expect(lines(graph)).toEqual(lines(imported(model)));
  });

  test("optional inputs that are left out at the end", () => {
    const pad = node("Pad", ["x", "pads", "", ""], ["y"]);
    const graph = imported(nodeModel(pad, { initializer: [int64s("pads", [1, 0])] }));
    expect(lines(graph)).toEqual(["Pad(x, pads) -> y"]);
  });
});
