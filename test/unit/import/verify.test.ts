import { expect, test } from "vitest";
import type { Graph, Node, Value } from "../../../src/ir/graph.js";
import { verifyGraph } from "../../../src/ir/verify.js";

const value = (name: string, more: Partial<Value> = {}): Value => ({
  name,
  dtype: "float32",
  shape: [2],
  ...more,
});
const node = (name: string, inputs: string[], outputs: string[]): Node => ({
  name,
  op: "Add",
  inputs,
  outputs,
  attrs: {},
  origin: [name],
});

/** x -> first -> a -> second (also reads the constant k) -> y */
const sound: Graph = {
  stage: "onnx",
  name: "g",
  inputs: ["x"],
  outputs: ["y"],
  values: new Map(
    [value("x"), value("k", { data: Float32Array.of(1, 2) }), value("a"), value("y")].map((v) => [v.name, v]),
  ),
  nodes: [node("first", ["x", ""], ["a"]), node("second", ["a", "k"], ["y"])],
};
const withValue = (v: Value): Graph => ({ ...sound, values: new Map(sound.values).set(v.name, v) });

test("a sound graph passes", () => {
  expect(() => verifyGraph(sound, "fuse")).not.toThrow();
});

test.each<[string, Graph, RegExp]>([
  ["wrong order", { ...sound, nodes: [...sound.nodes].reverse() }, /node "second" \(Add\) reads "a", before/],
  [
    "a value nobody has",
    { ...sound, nodes: [node("first", ["q"], ["a"]), sound.nodes[1]] },
    /reads "q", which/,
  ],
  ["an output nobody has", { ...sound, outputs: ["q"] }, /outputs reads "q", which is no value/],
  ["an output nobody computes", { ...sound, nodes: [sound.nodes[0]] }, /outputs reads "y", before/],
  [
    "a value computed twice",
    { ...sound, nodes: [...sound.nodes, node("third", ["x"], ["a"])] },
    /"a" a second/,
  ],
  ["an input that is computed", { ...sound, nodes: [node("first", ["a"], ["x"])] }, /reads "a"|"x" a second/],
  [
    "a constant that is computed",
    { ...sound, nodes: [node("first", ["x"], ["k"])] },
    /"k", which is a constant/,
  ],
  ["a result that is no value", { ...sound, nodes: [node("first", ["x"], ["q"])] }, /"q", which is no value/],
  [
    "two nodes of one name",
    { ...sound, nodes: sound.nodes.map((n) => ({ ...n, name: "n" })) },
    /name of its own/,
  ],
  ["an input twice", { ...sound, inputs: ["x", "x"] }, /"x" a second time/],
  [
    "a value under another name",
    { ...sound, values: new Map(sound.values).set("b", value("c")) },
    /listed as "b"/,
  ],
  ["a type there is not", withValue(value("a", { dtype: "float8" as "int8" })), /unknown type "float8"/],
  ["a shape that is open", withValue(value("a", { shape: [-1] })), /shape \[-1\]/],
  ["half an element", withValue(value("a", { shape: [0.5] })), /shape \[0.5\]/],
  ["a constant too short", withValue(value("k", { data: Float32Array.of(1) })), /"k" of shape \[2\] has 1/],
  ["a constant of another type", withValue(value("k", { data: Int8Array.of(1, 2) })), /is a Int8Array/],
  ["ports that do not match", { ...sound, ports: { inputs: [], outputs: [value("y")] } }, /ports/],
])("%s is a defect, named with its pass", (_, graph, message) => {
  expect(() => verifyGraph(graph, "fuse")).toThrow(message);
  expect(() => verifyGraph(graph, "fuse")).toThrow(/defect: after pass "fuse"/);
});
