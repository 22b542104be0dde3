import { expect, test } from "vitest";
import { importNode } from "../../../src/1-import/import-node.js";
import type { ImportState } from "../../../src/1-import/import-state.js";
import type { OnnxNode } from "../../../src/1-import/model.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import type { Value } from "../../../src/ir/graph.js";
import { attr, type OpDefinition, OpError } from "../../../src/ops/op.js";

/** An operator with one output of the type of input 0, or int8 where `to` is given. */
const definition = (name: string, infer?: OpDefinition["infer"]): OpDefinition => ({
  name,
  attributes: { to: attr.optional(attr.int()) },
  inputs: [1, 2],
  infer: infer ?? (([x], { to }) => [{ dtype: to === undefined ? x!.dtype : "int8", shape: x!.shape }]),
});

function run(definitions: OpDefinition[], node: Partial<OnnxNode>) {
  const diagnostics = new Diagnostics();
  const x: Value = { name: "x", dtype: "float32", shape: [2] };
  const state: ImportState = {
    model: {
      irVersion: 8,
      opsets: new Map([["", 21]]),
      functions: new Map(),
      graph: { name: "", inputs: [], outputs: [], nodes: [], initializers: [], values: [] },
    },
    definitions: new Map(definitions.map((d) => [d.name, d])),
    references: new Map(),
    diagnostics,
    values: new Map([["x", x]]),
    nodes: [],
    nodeNames: new Set(),
    standIns: [],
    suffixes: new Map(),
    sequences: new Map(),
    calls: [],
    spent: { foldedBytes: 0, bodies: 0 },
  };
  const full = { name: "n", domain: "", opType: "Cast", inputs: ["x"], outputs: ["y"], broken: false };
  const result = importNode({ attributes: new Map(), ...full, ...node }, ["x"], state);
  return { result, state, diagnostics: diagnostics.list };
}

test("a Cast to the type that is already there is removed, another is kept", () => {
  expect(run([definition("Cast")], {}).result).toEqual(["x"]);
  const { result, state } = run([definition("Cast")], { attributes: new Map([["to", 3]]) });
  expect(result).toEqual(["y"]);
  expect(state.nodes).toMatchObject([{ op: "Cast", inputs: ["x"], outputs: ["y"], attrs: { to: 3 } }]);
});

test("an operator of com.microsoft is looked up under its own name first", () => {
  const both = [definition("Gelu"), definition("com.microsoft.Gelu")];
  const node = { opType: "Gelu", domain: "com.microsoft" };
  expect(run(both, node).state.nodes[0].op).toBe("com.microsoft.Gelu");
  expect(run(both.slice(0, 1), node).state.nodes[0].op).toBe("Gelu");
  expect(run(both.slice(1), { opType: "Gelu" }).diagnostics).toMatchObject([
    { code: "import/unsupported-operator" },
  ]);
});

test("what an operator refuses is reported with node, operator and types, and its hint", () => {
  const refusing = definition("Cast", () => {
    throw new OpError("no such cast", "do without", "unsupported");
  });
  expect(run([refusing], {}).diagnostics).toEqual([
    {
      code: "import/unsupported",
      severity: "error",
      message: "Cast(float32[2]): no such cast",
      origin: "n",
      hint: "do without",
    },
  ]);
});

test("an exception of another kind is a defect that names the node", () => {
  const defective = definition("Cast", () => {
    throw new TypeError("oops");
  });
  expect(() => run([defective], {})).toThrow('at node "n": oops');
});

test("what an older form had as an attribute becomes a constant", () => {
  const old: OpDefinition = {
    ...definition("Shift"),
    upgrade: ({ inputs }) => ({
      inputs: [...inputs, { dtype: "int64", shape: [1], data: BigInt64Array.of(7n) }],
      attributes: {},
    }),
  };
  const { state } = run([old], { opType: "Shift" });
  const [, added] = state.nodes[0].inputs;
  expect(state.values.get(added)).toMatchObject({ dtype: "int64", shape: [1], data: BigInt64Array.of(7n) });
});
