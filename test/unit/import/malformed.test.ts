import onnxProto, { type onnx } from "onnx-proto";
import protobuf from "protobufjs/minimal.js";
import { describe, expect, test } from "vitest";
import type { ImportOptions } from "../../../src/1-import/index.js";
import {
  attribute,
  convModel,
  encode,
  errorsOf,
  floats,
  int64s,
  ints,
  type ModelParts,
  node,
  nodeModel,
  quantModel,
  type,
  valueInfo,
} from "./build-model.js";

/** What is malformed, the model, the diagnostic's code and origin, and what else is passed in. */
type Case = [
  what: string,
  model: ModelParts | Uint8Array,
  code: string,
  origin: string | RegExp,
  ImportOptions?,
];

const check = (
  _: string,
  model: ModelParts | Uint8Array,
  code: string,
  origin: unknown,
  options?: ImportOptions,
) => {
  const errors = errorsOf(model, options);
  expect(errors.map((e) => e.code)).toContain(code);
  const error = errors.find((e) => e.code === code)!;
  if (typeof origin === "string") expect(error.origin).toBe(origin);
  else expect(error.origin).toMatch(origin as RegExp);
  for (const e of errors) {
    expect(e.origin, e.message).toBeTruthy();
    expect(`${e.message} ${e.hint ?? ""}`).not.toMatch(/undefined|NaN,|\[object|\n\s+at /);
  }
};

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A message with one field, written as the test says. */
const message = (write: (writer: protobuf.Writer) => protobuf.Writer): Uint8Array => {
  return write(protobuf.Writer.create()).finish();
};
const wire = { varint: 0, fixed64: 1, bytes: 2, group: 3, fixed32: 5 };
const tag = (field: number, type: number): number => field * 8 + type;
const inField = (field: number, content: Uint8Array): Uint8Array =>
  message((w) => w.uint32(tag(field, wire.bytes)).bytes(content));
/** A model whose graph holds just the given bytes. */
const graphOf = (content: Uint8Array): Uint8Array => inField(7, content);

/** Protobuf text is UTF-8: names are planted as ASCII and damaged in the encoded file. */
function withBadName(model: ModelParts): Uint8Array {
  const bytes = Buffer.from(encode(model));
  const at = bytes.indexOf("BAD");
  expect(at).toBeGreaterThan(0);
  bytes[at + 1] = 0xff;
  return bytes;
}

const nestedGraphs = (depth: number): onnx.IGraphProto => {
  let graph: onnx.IGraphProto = { name: "inner" };
  for (let i = 0; i < depth; i++) {
    graph = { node: [{ opType: "If", attribute: [attribute.graph("then_branch", graph)] }] };
  }
  return graph;
};

describe("files that are no ONNX model", () => {
  test.each<Case>([
    ["empty", new Uint8Array(), "import/empty", "model"],
    // Never touched, so the memory is not really taken.
    ["over 2 GB", new Uint8Array(2 ** 31), "import/too-large", "model"],
    ["text", text("hello world\n"), "import/malformed", /field/],
    ["a web page", text("<!DOCTYPE html><html></html>"), "import/malformed", /graph/],
    [
      "a git-lfs pointer",
      text("version https://git-lfs.github.com/spec/v1\n"),
      "import/malformed",
      /metadata/,
    ],
    ["JSON", text('{"irVersion": 8}'), "import/malformed", /field 15/],
    ["zeros", new Uint8Array(64), "import/malformed", /field 0/],
    ["ones", new Uint8Array(64).fill(255), "import/malformed", "Model"],
    ["a tensor", inField(4, text("abc")), "import/no-graph", "graph"],
    ["no graph", encode({ model: { graph: undefined } }), "import/no-graph", "graph"],
  ])("%s", check);
});

describe("protobuf that is damaged", () => {
  const conv = encode(convModel());
  test.each<Case>([
    ["cut in the tensor data", conv.subarray(0, conv.indexOf(0x42) + 10), "import/truncated", /^graph/],
    [
      "graph written as an integer",
      message((w) => w.uint32(tag(7, wire.varint)).uint32(5)),
      "import/malformed",
      "graph",
    ],
    [
      "opset as 32-bit",
      message((w) => w.uint32(tag(8, wire.fixed32)).fixed32(5)),
      "import/malformed",
      "opset_import[0]",
    ],
    [
      "version as text",
      message((w) => w.uint32(tag(1, wire.bytes)).string("8")),
      "import/malformed",
      "ir_version",
    ],
    ["a group", message((w) => w.uint32(tag(7, wire.group))), "import/malformed", "graph"],
    ["a node that is text", graphOf(inField(1, text("Relu(x)"))), "import/truncated", /^graph\.node\[0\]/],
    [
      "an operator that is a number",
      graphOf(
        inField(
          1,
          message((w) => w.uint32(tag(4, wire.varint)).uint32(1)),
        ),
      ),
      "import/malformed",
      "graph.node[0].op_type",
    ],
    [
      "raw_data that is a number",
      graphOf(
        inField(
          5,
          message((w) => w.uint32(tag(9, wire.varint)).uint32(1)),
        ),
      ),
      "import/malformed",
      "graph.initializer[0].raw_data",
    ],
    [
      "5 bytes of float_data",
      graphOf(inField(5, inField(4, new Uint8Array(5)))),
      "import/malformed",
      "graph.initializer[0].float_data",
    ],
    [
      "9 bytes of double_data",
      graphOf(inField(5, inField(10, new Uint8Array(9)))),
      "import/malformed",
      "graph.initializer[0].double_data",
    ],
    [
      "dims that end in the middle of a number",
      graphOf(inField(5, inField(1, Uint8Array.of(1, 128)))),
      "import/truncated",
      "graph.initializer[0].dims",
    ],
    [
      "a dim of 11 bytes",
      graphOf(inField(5, inField(1, new Uint8Array(11).fill(255)))),
      "import/malformed",
      "graph.initializer[0].dims",
    ],
    [
      "a data type of 7 bytes",
      graphOf(inField(5, Uint8Array.of(16, 255, 255, 255, 255, 255, 255, 1))),
      "import/malformed",
      "graph.initializer[0].data_type",
    ],
    [
      "a length beyond the message",
      graphOf(inField(5, Uint8Array.of(74, 100, 0))),
      "import/truncated",
      "graph.initializer[0].raw_data",
    ],
    ["a length beyond the file", Uint8Array.of(58, 127), "import/truncated", "graph"],
    [
      "graphs in graphs in graphs",
      encode({ ...nestedGraphs(60) }),
      "import/nesting",
      /^graph\.node\[0\]\.attribute\[0\]\.g/,
    ],
  ])("%s", check);
});

describe("names that are not UTF-8", () => {
  test.each<Case>([
    [
      "node",
      withBadName(convModel({ node: [node("Relu", ["x"], ["y"], [], { name: "BAD" })] })),
      "import/not-utf8",
      "graph.node[0].name",
    ],
    [
      "operator",
      withBadName(convModel({ node: [node("BAD", ["x"], ["y"])] })),
      "import/not-utf8",
      "graph.node[0].op_type",
    ],
    [
      "node input",
      withBadName(convModel({ node: [node("Relu", ["BAD"], ["y"])] })),
      "import/not-utf8",
      "graph.node[0].input[0]",
    ],
    [
      "attribute",
      withBadName(convModel({ node: [node("Relu", ["x"], ["y"], [attribute.int("BAD", 1)])] })),
      "import/not-utf8",
      "graph.node[0].attribute[0].name",
    ],
    [
      "graph input",
      withBadName(convModel({ input: [valueInfo("BAD", [1])] })),
      "import/not-utf8",
      "graph.input[0].name",
    ],
    [
      "graph output",
      withBadName(convModel({ output: [valueInfo("BAD", [1])] })),
      "import/not-utf8",
      "graph.output[0].name",
    ],
    [
      "symbolic dimension",
      withBadName(convModel({ input: [valueInfo("x", [1, "BAD"])] })),
      "import/not-utf8",
      "graph.input[0].type.tensor_type.shape.dim[1].dim_param",
    ],
    [
      "initializer",
      withBadName(convModel({ initializer: [floats("BAD", [1], [1])] })),
      "import/not-utf8",
      "graph.initializer[0].name",
    ],
  ])("%s", check);
});

describe("graphs that are none", () => {
  const transpose = (from: string, to: string, name = `make_${to}`) =>
    node("Transpose", [from], [to], [], { name });
  test.each<Case>([
    ["a node that reads its own output", nodeModel(transpose("y", "y")), "import/cycle", "make_y"],
    [
      "a cycle of two",
      convModel({ node: [transpose("b", "a"), transpose("a", "b"), transpose("b", "y")] }),
      "import/cycle",
      /make_[ab]/,
    ],
    [
      "a cycle through an unnamed node",
      nodeModel(transpose("a", "y"), { node: [transpose("y", "a", ""), transpose("a", "y")] }),
      "import/cycle",
      /Transpose -> a|make_y/,
    ],
    ["a missing initializer", convModel({ initializer: [] }), "import/undefined-value", "make_c"],
    ["a missing node", convModel({ node: [transpose("c", "y")] }), "import/undefined-value", "make_y"],
    [
      "two initializers of one name",
      convModel({ initializer: [floats("w", [3, 2, 1], [1, 2, 3, 4, 5, 6]), floats("w", [1], [1])] }),
      "import/duplicate-name",
      "w",
    ],
    [
      "two nodes with one output",
      convModel({ node: [...convModel().node!, transpose("x", "y", "again")] }),
      "import/duplicate-name",
      "again",
    ],
    [
      "one node with an output twice",
      nodeModel(node("Split", ["x"], ["y", "y"], [attribute.int("num_outputs", 2)])),
      "import/duplicate-name",
      "make_y",
    ],
    [
      "a node that overwrites an input",
      convModel({ node: [...convModel().node!, transpose("w", "x", "again")] }),
      "import/duplicate-name",
      "again",
    ],
    [
      "a node that overwrites an initializer",
      convModel({ node: [...convModel().node!, transpose("x", "w", "again")] }),
      "import/duplicate-name",
      "again",
    ],
    [
      "two inputs of one name",
      convModel({ input: [valueInfo("x", [1, 2, 4]), valueInfo("x", [1])] }),
      "import/duplicate-name",
      "x",
    ],
    [
      "an input without a name",
      convModel({ input: [valueInfo("x", [1, 2, 4]), valueInfo("", [1])] }),
      "import/no-name",
      "graph.input[1]",
    ],
    [
      "an initializer without a name",
      convModel({ initializer: [...convModel().initializer!, floats("", [1], [1])] }),
      "import/no-name",
      "graph.initializer[1]",
    ],
    ["no outputs", convModel({ output: [] }), "import/no-outputs", "graph.output"],
    [
      "an output that nothing computes",
      convModel({ output: [valueInfo("z", [1])] }),
      "import/undefined-value",
      "z",
    ],
    [
      "an output without a name",
      convModel({ output: [valueInfo("", [1])] }),
      "import/undefined-value",
      "graph.output[0]",
    ],
    [
      "an output twice",
      convModel({ output: [valueInfo("y", undefined), valueInfo("y", undefined)] }),
      "import/duplicate-name",
      "y",
    ],
    [
      "an output of another type",
      convModel({ output: [valueInfo("y", undefined, type.int8)] }),
      "import/output-type",
      "y",
    ],
    ["no operator", nodeModel(node("", ["x"], ["y"])), "import/unsupported-operator", "make_y"],
    ["no opset", convModel({ opset: 0 }), "import/no-opset", "make_c"],
    [
      "an opset of 0",
      convModel({ opset: 0, model: { opsetImport: [{ version: 0 }] } }),
      "import/opset",
      "make_c",
    ],
    ["a negative opset", convModel({ opset: -5 }), "import/opset", "make_c"],
    ["an opset of the future", convModel({ opset: 999 }), "import/opset", "make_c"],
    [
      "an operator older than itself",
      quantModel(floats("", [], [1]), { opset: 9 }),
      "import/opset",
      "make_q",
    ],
  ])("%s", check);
});

describe("inputs", () => {
  const x = (input: onnx.IValueInfoProto) => convModel({ input: [{ name: "x", ...input }] });
  const dims = (...shape: (number | string | undefined)[]) => convModel({ input: [valueInfo("x", shape)] });
  const given = (...shape: number[]) => ({ shapes: { x: shape } });
  test.each<Case>([
    ["negative dimension", dims(1, -2, 4), "import/negative-dimension", "x"],
    ["huge dimension", dims(1, 2, 2 ** 40), "import/tensor-too-large", "x"],
    ["dimensions whose product is huge", dims(2 ** 30, 2 ** 30, 2 ** 30), "import/tensor-too-large", "x"],
    ["strings", x(valueInfo("x", [1], type.string)), "import/unsupported-type", "x"],
    ["float16", x(valueInfo("x", [1], type.float16)), "import/unsupported-type", "x"],
    ["float8", x(valueInfo("x", [1], type.float8)), "import/unsupported-type", "x"],
    ["no element type", x(valueInfo("x", [1], 0)), "import/unsupported-type", "x"],
    ["an element type of the future", x(valueInfo("x", [1], 99)), "import/unsupported-type", "x"],
    ["no type", x({}), "import/unsupported-type", "x"],
    [
      "a sequence",
      x({ type: { sequenceType: { elemType: valueInfo("", [1]).type } } }),
      "import/unsupported-type",
      "x",
    ],
    [
      "an optional",
      x({ type: { optionalType: { elemType: valueInfo("", [1]).type } } }),
      "import/unsupported-type",
      "x",
    ],
    ["symbolic dimension", dims("batch", 2, 4), "import/unbound-dimension", "x"],
    ["unknown dimension", dims(1, 2, undefined), "import/unbound-dimension", "x"],
    ["unknown rank", x(valueInfo("x", undefined)), "import/unbound-dimension", "x"],
    ["a shape of another rank", dims(1, 2, "time"), "import/shape-mismatch", "x", given(1, 2)],
    ["a shape against a fixed dimension", dims(1, 2, "time"), "import/shape-mismatch", "x", given(1, 3, 4)],
    ["a symbol with two sizes", dims("n", 2, "n"), "import/shape-mismatch", "x", given(1, 2, 4)],
    ["a shape with half a size", dims(1, 2, "time"), "import/shape-mismatch", "x", given(1, 2, 0.5)],
    ["a negative shape", dims(1, 2, "time"), "import/shape-mismatch", "x", given(1, 2, -4)],
    ["a shape for what is no input", dims(1, 2, 4), "import/unknown-input", "w", { shapes: { w: [1] } }],
  ])("%s", check);

  test("the hint for open dimensions is the option to pass", () => {
    const [error] = errorsOf(dims("batch", 2, undefined));
    expect(error.hint).toBe("pass --shape x=<batch>,2,<dim2>, with numbers for <batch> and <dim2>");
  });
});

describe("tensors", () => {
  const w = (tensor: onnx.ITensorProto) => convModel({ initializer: [{ name: "w", ...tensor }] });
  const external = (location: string): onnx.ITensorProto => ({
    dataType: type.float,
    dims: [3, 2, 1],
    dataLocation: 1,
    externalData: [{ key: "location", value: location }],
  });
  test.each<Case>([
    [
      "raw_data too short",
      w({ dataType: type.float, dims: [3, 2, 1], rawData: new Uint8Array(23) }),
      "import/tensor-data-length",
      "w",
    ],
    [
      "raw_data too long",
      w({ dataType: type.float, dims: [3, 2, 1], rawData: new Uint8Array(28) }),
      "import/tensor-data-length",
      "w",
    ],
    [
      "float_data too short",
      w({ dataType: type.float, dims: [3, 2, 1], floatData: [1, 2] }),
      "import/tensor-data-length",
      "w",
    ],
    [
      "int4 with the bytes of int8",
      w({ dataType: type.int4, dims: [6], rawData: new Uint8Array(6) }),
      "import/tensor-data-length",
      "w",
    ],
    ["no data", w({ dataType: type.float, dims: [3, 2, 1] }), "import/tensor-data-length", "w"],
    [
      "data in another type's field",
      w({ dataType: type.float, dims: [2], int32Data: [1, 2] }),
      "import/tensor-data-length",
      "w",
    ],
    [
      "negative dimension",
      w({ dataType: type.float, dims: [3, -2, 1], floatData: [] }),
      "import/negative-dimension",
      "w",
    ],
    [
      "huge dimension",
      w({ dataType: type.float, dims: [2 ** 40], floatData: [] }),
      "import/tensor-too-large",
      "w",
    ],
    [
      "huge dimension, external",
      w({ ...external("w.bin"), dims: [2 ** 40] }),
      "import/tensor-too-large",
      "w",
    ],
    [
      "strings",
      w({ dataType: type.string, dims: [1], stringData: [text("a")] }),
      "import/unsupported-type",
      "w",
    ],
    ["no type", w({ dims: [1] }), "import/unsupported-type", "w"],
    ["a type of the future", w({ dataType: 99, dims: [1] }), "import/unsupported-type", "w"],
    [
      "float8",
      w({ dataType: type.float8, dims: [1], rawData: new Uint8Array(1) }),
      "import/unsupported-type",
      "w",
    ],
    ["300 as uint8", w(ints("w", type.uint8, [1], [300])), "import/tensor-data-range", "w"],
    ["-200 as int8", w(ints("w", type.int8, [2], [1, -200])), "import/tensor-data-range", "w"],
    [
      "a segment",
      w({ dataType: type.float, dims: [1], floatData: [1], segment: { begin: 0, end: 1 } }),
      "import/unsupported-tensor",
      "w",
    ],
    [
      "sparse",
      convModel({ sparseInitializer: [{ values: floats("w", [1], [1]) }] }),
      "import/unsupported-tensor",
      "w",
    ],
    ["external, without a reader", w(external("w.bin")), "import/external-data", "w"],
    [
      "external, not there",
      w(external("w.bin")),
      "import/external-data",
      "w",
      {
        readExternal: () => {
          throw new Error("no such file");
        },
      },
    ],
    [
      "external, outside the folder",
      w(external("../../etc/passwd")),
      "import/external-path",
      "w",
      { readExternal: () => new Uint8Array(24) },
    ],
    [
      "a value of another type for an input",
      convModel(),
      "import/type-mismatch",
      "x",
      { constants: { x: { dtype: "int8", shape: [1, 2, 4], data: new Int8Array(8) } } },
    ],
  ])("%s", check);
});

describe("attributes", () => {
  const conv = (...attributes: onnx.IAttributeProto[]) =>
    convModel({ node: [node("Conv", ["x", "w"], ["c"], attributes), convModel().node![1]] });
  test.each<Case>([
    [
      "twice",
      conv(attribute.int("group", 1), attribute.int("group", 1)),
      "import/duplicate-attribute",
      "make_c",
    ],
    [
      "without a value of its type",
      conv({ name: "group", type: 2, floats: [1] }),
      "import/attribute-type",
      "make_c",
    ],
    ["a tensor that is not there", conv({ name: "group", type: 4 }), "import/attribute-type", "make_c"],
    [
      "a type of the future",
      conv({ name: "group", type: 99 as number, i: 1 }),
      "import/attribute-type",
      "make_c",
    ],
    ["of a function", conv({ name: "group", type: 2, refAttrName: "g" }), "import/attribute-type", "make_c"],
    ["unknown", conv(attribute.int("gruop", 1)), "import/unsupported", "make_c"],
    ["a float for an integer", conv(attribute.float("group", 1.5)), "import/invalid-node", "make_c"],
    ["text for integers", conv(attribute.string("strides", "1")), "import/invalid-node", "make_c"],
    ["half a stride", conv(attribute.floats("strides", [0.5])), "import/invalid-node", "make_c"],
    [
      "a sparse tensor",
      conv({ name: "group", type: 11, sparseTensor: { dims: [1] } }),
      "import/unsupported",
      "make_c",
    ],
    [
      "a broken tensor",
      nodeModel(node("Constant", [], ["y"], [attribute.tensor("value", floats("", [2], [1]))])),
      "import/tensor-data-length",
      'make_y, attribute "value"',
    ],
    ["Constant without a value", nodeModel(node("Constant", [], ["y"])), "import/unsupported", "make_y"],
    [
      "Constant of text",
      nodeModel(node("Constant", [], ["y"], [attribute.string("value_string", "a")])),
      "import/unsupported",
      "make_y",
    ],
  ])("%s", check);
});

describe("operators", () => {
  const branch: onnx.IGraphProto = { node: [node("Transpose", ["x"], ["b"])], output: [valueInfo("b", [4])] };
  const condition = ints("t", type.bool, [], [1]);
  test.each<Case>([
    ["unknown", nodeModel(node("Frobnicate", ["x"], ["y"])), "import/unsupported-operator", "make_y"],
    [
      "of another domain",
      nodeModel(node("Conv", ["x"], ["y"], [], { domain: "com.acme" })),
      "import/unsupported-operator",
      "make_y",
    ],
    [
      "unnamed",
      nodeModel(node("Frobnicate", ["x"], ["y"], [], { name: "" })),
      "import/unsupported-operator",
      "Frobnicate -> y",
    ],
    [
      "Loop",
      nodeModel(node("Loop", ["", "", "x"], ["y"], [attribute.graph("body", branch)])),
      "import/invalid-node",
      "make_y",
    ],
    [
      "If on an input",
      nodeModel(node("If", ["x"], ["y"], [attribute.graph("then_branch", branch)])),
      "import/unsupported",
      "make_y",
    ],
    [
      "If without the branch",
      nodeModel(node("If", ["t"], ["y"], [attribute.graph("else_branch", branch)]), {
        initializer: [condition],
      }),
      "import/invalid-node",
      "make_y",
    ],
    [
      "If with an output too many",
      nodeModel(node("If", ["t"], ["y", "z"], [attribute.graph("then_branch", branch)]), {
        initializer: [condition],
      }),
      "import/invalid-node",
      "make_y",
    ],
    [
      "an error in the branch",
      nodeModel(
        node(
          "If",
          ["t"],
          ["y"],
          [attribute.graph("then_branch", { ...branch, node: [node("Transpose", ["q"], ["b"])] })],
        ),
        { initializer: [condition] },
      ),
      "import/undefined-value",
      "make_b",
    ],
    ["too few inputs", nodeModel(node("Conv", ["x"], ["y"])), "import/invalid-node", "make_y"],
    ["too many inputs", nodeModel(node("Transpose", ["x", "x"], ["y"])), "import/invalid-node", "make_y"],
    ["too many outputs", nodeModel(node("Transpose", ["x"], ["y", "z"])), "import/invalid-node", "make_y"],
    [
      "a required input left out",
      convModel({ node: [node("Conv", ["", "w"], ["y"])] }),
      "import/invalid-node",
      "make_y",
    ],
    [
      "shapes that do not fit",
      convModel({ initializer: [floats("w", [3, 5, 1], new Array(15).fill(1))] }),
      "import/invalid-node",
      "make_c",
    ],
    [
      "elements that do not fit",
      nodeModel(node("Reshape", ["x", "s"], ["y"]), { initializer: [int64s("s", [3, 5])] }),
      "import/invalid-node",
      "make_y",
    ],
    [
      "an axis out of range",
      nodeModel(node("Concat", ["x", "x"], ["y"], [attribute.int("axis", 5)])),
      "import/invalid-node",
      "make_y",
    ],
    [
      "an axis of 2^62",
      nodeModel(node("Concat", ["x", "x"], ["y"], [attribute.int("axis", 2 ** 62)])),
      "import/invalid-node",
      "make_y",
    ],
    [
      "a shape that the data decides",
      nodeModel(node("Reshape", ["x", "s"], ["y"]), {
        input: [valueInfo("x", [4]), valueInfo("s", [1], type.int64)],
      }),
      "import/unsupported",
      "make_y",
    ],
  ])("%s", check);

  test("outputs of any size asked for in a few bytes", () => {
    for (const size of [2 ** 40, 2 ** 62, -1]) {
      const made = node("Expand", ["one", "s"], ["y"]);
      const initializer = [floats("one", [1], [1]), int64s("s", [size])];
      expect(errorsOf(nodeModel(made, { initializer }))).toMatchObject([{ origin: "make_y" }]);
    }
  });
});

describe("scales", () => {
  const concat = (scale: number): ModelParts => ({
    input: [valueInfo("a", [2], type.uint8)],
    output: [valueInfo("y", undefined, type.uint8)],
    initializer: [floats("s", [], [1]), floats("bad", [], [scale]), ints("z", type.uint8, [], [0])],
    node: [
      node("QLinearConcat", ["s", "z", "a", "s", "z", "a", "bad", "z"], ["y"], [attribute.int("axis", 0)], {
        domain: "com.microsoft",
      }),
    ],
  });
  test.each<Case>([
    ["NaN", quantModel(floats("", [], [Number.NaN])), "import/invalid-node", "make_q"],
    ["zero", quantModel(floats("", [], [0])), "import/invalid-node", "make_q"],
    ["negative", quantModel(floats("", [], [-0.5])), "import/invalid-node", "make_q"],
    ["infinite", quantModel(floats("", [], [Number.POSITIVE_INFINITY])), "import/invalid-node", "make_q"],
    ["one of a list", quantModel(floats("", [4], [1, 2, 0, 3])), "import/invalid-node", "make_q"],
    ["of an operand of QLinearConcat", concat(0), "import/invalid-node", "make_y"],
  ])("%s", check);

  test("the message names the input, the element and the value", () => {
    const [error] = errorsOf(quantModel(floats("", [4], [1, 2, -3, 4])));
    expect(error.message).toContain("the scale (input 1) is -3 at element 2");
  });
});

test("everything that is wrong is reported at once", () => {
  const errors = errorsOf({
    input: [valueInfo("x", ["batch", 4]), valueInfo("z", [2], type.float16)],
    output: [valueInfo("y", undefined)],
    initializer: [floats("w", [2], [1])],
    node: [
      node("Frobnicate", ["x"], ["a"]),
      node("Transpose", ["w"], ["b"]),
      node("Grommet", ["b", "lost"], ["c"]),
      node("Concat", ["a", "b", "c", "z"], ["y"], [attribute.int("axis", 0)]),
    ],
  });
  expect(errors.map((e) => `${e.code} ${e.origin}`).sort()).toEqual([
    "import/tensor-data-length w",
    "import/unbound-dimension x",
    "import/undefined-value make_c",
    "import/unsupported-operator make_a",
    "import/unsupported-operator make_c",
    "import/unsupported-type z",
  ]);
});

describe("any damage gives a diagnostic with an origin, never another exception", () => {
  const model = Buffer.from(
    encode({
      ...quantModel(floats("", [], [0.5])),
      node: [
        node("Constant", [], ["shape"], [attribute.tensor("value", int64s("", [2, 2]))]),
        node("Reshape", ["x", "shape"], ["r"]),
        node("QuantizeLinear", ["r", "scale", "zp"], ["q"], [attribute.int("axis", 0)]),
        node("DequantizeLinear", ["q", "scale", "zp"], ["y"]),
      ],
      output: [valueInfo("y", [2, 2])],
    }),
  );
  const survives = (bytes: Uint8Array) => {
    for (const error of errorsOf(bytes)) expect(error.origin, error.message).toBeTruthy();
  };

  test("cut anywhere", () => {
    const graph = onnxProto.onnx.ModelProto.decode(model).graph!;
    expect(graph.node).toHaveLength(4);
    for (let length = 0; length < model.length; length++) {
      const errors = errorsOf(model.subarray(0, length));
      expect(errors.length, `cut to ${length} bytes`).toBeGreaterThan(0);
      for (const error of errors) expect(error.origin, error.message).toBeTruthy();
    }
  });

  test("any byte changed", () => {
    for (let at = 0; at < model.length; at++) {
      for (const change of [1, 2, 8, 0x80, 0xff]) {
        const bytes = Buffer.from(model);
        bytes[at] ^= change;
        survives(bytes);
      }
    }
  });

  test("any byte removed or doubled", () => {
    for (let at = 0; at < model.length; at++) {
      survives(Buffer.concat([model.subarray(0, at), model.subarray(at + 1)]));
      survives(Buffer.concat([model.subarray(0, at), model.subarray(at - 1)]));
    }
  });
});
