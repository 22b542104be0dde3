import onnxProto, { type onnx } from "onnx-proto";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/compile.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import { tensor, toNumbers } from "../../../src/ir/tensor.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import {
  attribute,
  encode,
  errorsOf,
  floats,
  int64s,
  ints,
  type ModelParts,
  node,
  type,
  valueInfo,
} from "./build-model.js";

/** y of x float32[shape], and its shape. */
function run(model: ModelParts | Uint8Array, shape: number[], values: number[]) {
  const bytes = model instanceof Uint8Array ? model : encode(model);
  const graph = readModel(bytes, {}, new Diagnostics());
  const { y } = evaluate(graph, { x: tensor("float32", shape, values) });
  return { shape: [...y.shape], values: toNumbers(y), ops: graph.nodes.map((n) => n.op) };
}

const scalar = (name: string, value: number) => ({ ...int64s(name, [value]), dims: [] });
const model = (x: number[], parts: Partial<ModelParts>): ModelParts => ({
  input: [valueInfo("x", x)],
  output: [valueInfo("y", undefined)],
  ...parts,
});

describe("local functions", () => {
  const reference = (name: string, from: string, kind: number): onnx.IAttributeProto => ({
    name,
    refAttrName: from,
    type: kind,
  });
  const call = (opType: string, inputs: string[], attributes: onnx.IAttributeProto[] = []) =>
    node(opType, inputs, ["y"], attributes, { domain: "my" });
  const leaky: onnx.IFunctionProto = {
    name: "Leaky",
    domain: "my",
    input: ["a", "bias"],
    output: ["b"],
    attribute: ["slope"],
    node: [
      node("LeakyRelu", ["a"], ["r"], [reference("alpha", "slope", 1)]),
      node("Clip", ["r", "", "bias"], ["b"]),
    ],
    opsetImport: [{ domain: "", version: 16 }],
  };
  const outer: onnx.IFunctionProto = {
    name: "Twice",
    domain: "my",
    input: ["a"],
    output: ["b"],
    attribute: ["axis"],
    node: [
      node("Leaky", ["a"], ["r"], [attribute.float("slope", 0.5)], { domain: "my" }),
      // Opset 11: axes are an attribute, whatever the model's own opset is.
      node("Unsqueeze", ["r"], ["b"], [reference("axes", "axis", 7)]),
    ],
    opsetImport: [
      { domain: "", version: 11 },
      { domain: "my", version: 1 },
    ],
  };
  const functions = { functions: [leaky, outer] } as Partial<onnx.IModelProto>;

  test("take the attributes of the call, and inputs that it leaves out", () => {
    const made = call("Leaky", ["x"], [attribute.float("slope", 0.25)]);
    const got = run(model([3], { node: [made], model: functions }), [3], [-4, 0, 2]);
    expect(got.values).toEqual([-1, 0, 2]);
    const clipped = call("Leaky", ["x", "one"], [attribute.float("slope", 0.25)]);
    const initializer = [floats("one", [], [1])];
    const bounded = model([3], { node: [clipped], initializer, model: functions });
    expect(run(bounded, [3], [-4, 0, 2]).values).toEqual([-1, 0, 1]);
  });

  test("an attribute that is not given has the operator's default", () => {
    const got = run(model([2], { node: [call("Leaky", ["x"])], model: functions }), [2], [-100, 3]);
    expect(got.values).toEqual([-1, 3]);
  });

  test("call each other, each in its own opset", () => {
    const made = call("Twice", ["x"], [attribute.ints("axis", [0])]);
    const got = run(model([2], { node: [made], model: functions }), [2], [-4, 6]);
    expect(got).toMatchObject({ shape: [1, 2], values: [-2, 6] });
  });

  test("have default attributes", () => {
    // onnx-proto does not know attribute_proto (field 11 of a function): its bytes are put behind the others.
    const { FunctionProto, AttributeProto } = onnxProto.onnx;
    const value = AttributeProto.encode(attribute.float("slope", 0.125)).finish();
    const withDefault = [...FunctionProto.encode(leaky).finish(), 0x5a, value.length, ...value];
    const length = [(withDefault.length & 127) | 128, withDefault.length >> 7];
    const bytes = encode(model([2], { node: [call("Leaky", ["x"])] }));
    const whole = Uint8Array.from([...bytes, 0xca, 0x01, ...length, ...withDefault]);
    expect(withDefault.length).toBeGreaterThan(127);
    expect(run(whole, [2], [-8, 3]).values).toEqual([-1, 3]);
  });

  test("that call themselves, or have other operands, are refused", () => {
    const endless: onnx.IFunctionProto = {
      ...leaky,
      name: "Endless",
      node: [node("Endless", ["a"], ["b"], [], { domain: "my" })],
    };
    const recursive = model([2], {
      node: [call("Endless", ["x"])],
      model: { functions: [endless] } as never,
    });
    expect(errorsOf(recursive)).toMatchObject([{ code: "import/local-function" }]);
    const operands = model([2], { node: [call("Leaky", ["x", "x", "x"])], model: functions });
    expect(errorsOf(operands)[0].message).toMatch(/2 inputs and 1 outputs.* 3 and 1/);
  });

  test("that grow without bounds are refused", () => {
    const grow = (i: number): onnx.IFunctionProto => ({
      ...leaky,
      name: `F${i}`,
      attribute: [],
      node:
        i === 0
          ? [node("Relu", ["a"], ["b"])]
          : [0, 1, 2, 3].map((j) =>
              node(`F${i - 1}`, [j === 0 ? "a" : `t${j}`], [j === 3 ? "b" : `t${j + 1}`], [], {
                domain: "my",
              }),
            ),
    });
    const many = { functions: Array.from({ length: 12 }, (_, i) => grow(i)) } as never;
    const errors = errorsOf(model([2], { node: [call("F11", ["x"])], model: many }));
    expect(errors[0].message).toMatch(/more than 4096 bodies/);
  });
});

describe("Loop", () => {
  // (i, going, v) -> (going, v * x + i, v)
  const body = (going = "going_in"): onnx.IGraphProto => ({
    name: "body",
    input: [valueInfo("i", [], type.int64), valueInfo("going_in", [], type.bool), valueInfo("v", undefined)],
    output: [valueInfo("going", [], type.bool), valueInfo("next", undefined), valueInfo("seen", undefined)],
    node: [
      node("Identity", [going], ["going"]),
      node("Mul", ["v", "x"], ["product"]),
      node("Cast", ["i"], ["number"], [attribute.int("to", type.float)]),
      node("Add", ["product", "number"], ["next"]),
      node("Identity", ["v"], ["seen"]),
    ],
  });
  const loop = (inputs: string[], made = body(), more: Partial<ModelParts> = {}) =>
    model([2], {
      node: [
        node("Loop", inputs, ["last", "all"], [attribute.graph("body", made)]),
        node("Unsqueeze", ["last", "first"], ["row"]),
        node("Concat", ["row", "all"], ["y"], [attribute.int("axis", 0)]),
      ],
      initializer: [
        scalar("three", 3),
        ints("yes", type.bool, [], [1]),
        floats("ones", [2], [1, 1]),
        int64s("first", [0]),
      ],
      ...more,
    });

  test("is unrolled: carried values, and outputs of all steps", () => {
    // Steps: v = 1, 1 -> 2, 3 (+0) -> 4, 9 (+1) = 5, 10 -> 10, 30 (+2) = 12, 32.
    const worked = { shape: [4, 2], values: [12, 32, 1, 1, 2, 3, 5, 10] };
    expect(run(loop(["three", "", "ones"]), [2], [2, 3])).toMatchObject(worked);
    expect(run(loop(["three", "yes", "ones"]), [2], [2, 3])).toMatchObject(worked);
  });

  test("stops where a constant condition does", () => {
    const stopping = body("more");
    stopping.node!.unshift(node("Less", ["i", "two"], ["more"]));
    const limited = loop(["", "yes", "ones"], stopping);
    limited.initializer!.push(scalar("two", 2));
    expect(run(limited, [2], [2, 3])).toMatchObject({ values: [12, 32, 1, 1, 2, 3, 5, 10] });
  });

  test("is refused where it depends on data, or never ends", () => {
    const input = [valueInfo("x", [2]), valueInfo("n", [], type.int64)];
    expect(errorsOf(loop(["n", "", "ones"], body(), { input }))[0].message).toMatch(/number of steps/);
    expect(errorsOf(loop(["", "", "ones"]))[0].message).toMatch(/more than 4096 bodies/);
    const dataDependent = body("positive");
    dataDependent.node!.unshift(
      node("ReduceMax", ["v"], ["largest"], [attribute.int("keepdims", 0)]),
      node("Greater", ["largest", "zero"], ["positive"]),
    );
    const refused = loop(["three", "yes", "ones"], dataDependent);
    refused.initializer!.push(floats("zero", [], [0]));
    refused.node![0].input = ["three", "yes", "x"];
    expect(errorsOf(refused)[0].message).toMatch(/condition to go on/);
  });
});

describe("Scan", () => {
  // A running sum of rows, and its negation.
  const body: onnx.IGraphProto = {
    name: "body",
    input: [valueInfo("sum_in", undefined), valueInfo("row", undefined)],
    output: [valueInfo("sum", undefined), valueInfo("seen", undefined)],
    node: [node("Add", ["sum_in", "row"], ["sum"]), node("Neg", ["sum"], ["seen"])],
  };
  const scan = (attributes: onnx.IAttributeProto[], output: string) =>
    model([3, 2], {
      node: [
        node("Scan", ["zeros", "x"], output === "last" ? ["y", "all"] : ["last", "y"], [
          attribute.graph("body", body),
          attribute.int("num_scan_inputs", 1),
          ...attributes,
        ]),
      ],
      initializer: [floats("zeros", [2], [0, 0])],
    });
  const x = [1, 10, 2, 20, 3, 30];

  test("is unrolled along the scanned axis", () => {
    expect(run(scan([], "last"), [3, 2], x)).toMatchObject({ shape: [2], values: [6, 60] });
    expect(run(scan([], "all"), [3, 2], x)).toMatchObject({
      shape: [3, 2],
      values: [-1, -10, -3, -30, -6, -60],
    });
  });

  test("backwards, with results along another axis", () => {
    const attributes = [
      attribute.ints("scan_input_directions", [1]),
      attribute.ints("scan_output_axes", [1]),
      attribute.ints("scan_output_directions", [1]),
    ];
    expect(run(scan(attributes, "all"), [3, 2], x)).toMatchObject({
      shape: [2, 3],
      values: [-6, -5, -3, -60, -50, -30],
    });
  });
});

describe("sequences", () => {
  test("parts of a tensor, by position", () => {
    const split = (attributes: onnx.IAttributeProto[], inputs: string[], position: number) =>
      model([4, 2], {
        node: [
          node("SplitToSequence", ["x", ...inputs], ["s"], attributes),
          node("SequenceAt", ["s", "i"], ["y"]),
        ],
        initializer: [scalar("i", position), int64s("sizes", [1, 3]), scalar("three", 3)],
      });
    const x = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(run(split([], [], 2), [4, 2], x)).toMatchObject({ shape: [1, 2], values: [5, 6] });
    const bare = run(split([attribute.int("keepdims", 0), attribute.int("axis", 1)], [], -1), [4, 2], x);
    expect(bare).toMatchObject({ shape: [4], values: [2, 4, 6, 8] });
    const sized = run(split([], ["sizes"], 1), [4, 2], x);
    expect(sized).toMatchObject({ shape: [3, 2], values: [3, 4, 5, 6, 7, 8] });
    const equal = run(split([], ["three"], 1), [4, 2], x);
    expect(equal).toMatchObject({ shape: [1, 2], values: [7, 8] });
    expect(errorsOf(split([], [], 4))[0].message).toMatch(/position 4 of 4/);
  });

  test("are built, changed and joined", () => {
    const joined = (attributes: onnx.IAttributeProto[]) =>
      model([2], {
        node: [
          node("SequenceEmpty", [], ["s0"]),
          node("Neg", ["x"], ["n"]),
          node("SequenceInsert", ["s0", "x"], ["s1"]),
          node("SequenceInsert", ["s1", "n", "zero"], ["s2"]),
          node("SequenceConstruct", ["x", "n", "x"], ["s3"]),
          node("SequenceErase", ["s3", "zero"], ["s4"]),
          node("SequenceAt", ["s4", "zero"], ["negative"]),
          node("SequenceInsert", ["s2", "negative"], ["s5"]),
          node("SequenceLength", ["s5"], ["three"]),
          node("Cast", ["three"], ["factor"], [attribute.int("to", type.float)]),
          node("ConcatFromSequence", ["s5"], ["c"], attributes),
          node("Mul", ["c", "factor"], ["y"]),
        ],
        initializer: [scalar("zero", 0)],
      });
    const flat = run(joined([attribute.int("axis", 0)]), [2], [1, 2]);
    expect(flat).toMatchObject({ shape: [6], values: [-3, -6, 3, 6, -3, -6] });
    const stacked = run(joined([attribute.int("axis", -1), attribute.int("new_axis", 1)]), [2], [1, 2]);
    expect(stacked).toMatchObject({ shape: [2, 3], values: [-3, 3, -3, -6, 6, -6] });
  });

  test("do not reach other operators or the outputs", () => {
    const made = [node("SequenceConstruct", ["x", "x"], ["s"])];
    const output = [valueInfo("s", undefined)];
    expect(errorsOf(model([2], { node: made, output }))).toMatchObject([{ code: "import/unsupported-type" }]);
    const read = model([2], { node: [...made, node("Relu", ["s"], ["y"])] });
    expect(errorsOf(read)[0].message).toMatch(/is a sequence/);
  });
});
