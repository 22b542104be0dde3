import { expect, test } from "vitest";
import { runCompiled } from "../../../src/7-verify/run-on-target.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { compileGraph } from "../../../src/compile.js";
import type { Graph, Node, Value } from "../../../src/ir/graph.js";
import { broadcastShapes, numel, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import { loadTarget } from "../../../src/target/load.js";

type Byte = "int8" | "uint8";

interface Case {
  readonly op: "Add" | "Mul";
  readonly type: Byte;
  readonly shapes: readonly [readonly number[], readonly number[]];
}

/** All pairs of both operators, and runs that do not divide by any vector's length, broadcast or not. */
const cases: readonly Case[] = [
  { op: "Add", type: "int8", shapes: [[65536 + 7], [65536 + 7]] },
  { op: "Add", type: "uint8", shapes: [[999], [999]] },
  { op: "Add", type: "int8", shapes: [[3, 37], [37]] },
  {
    op: "Add",
    type: "int8",
    shapes: [
      [5, 1],
      [5, 21],
    ],
  },
  {
    op: "Add",
    type: "uint8",
    shapes: [
      [2, 3, 19],
      [3, 1],
    ],
  },
  { op: "Add", type: "int8", shapes: [[3], [3]] },
  { op: "Mul", type: "int8", shapes: [[999], [999]] },
  { op: "Mul", type: "uint8", shapes: [[65536 + 7], [65536 + 7]] },
  { op: "Mul", type: "int8", shapes: [[4, 33], [33]] },
  {
    op: "Mul",
    type: "uint8",
    shapes: [
      [4, 1],
      [4, 19],
    ],
  },
  {
    op: "Mul",
    type: "int8",
    shapes: [
      [4, 35],
      [4, 1],
    ],
  },
];

/** One graph of them all: inputs a0, b0, a1, ... */
function graphOf(): { graph: Graph<"quantized">; inputs: Record<string, Tensor> } {
  const values = new Map<string, Value>();
  const nodes: Node[] = [];
  const inputs: Record<string, Tensor> = {};
  const add = (name: string, t: Tensor, constant: boolean) => {
    values.set(name, { name, dtype: t.dtype, shape: t.shape, ...(constant ? { data: t.data } : {}) });
    if (!constant) inputs[name] = t;
    return name;
  };
  cases.forEach(({ op, type, shapes }, i) => {
    const low = type === "int8" ? -128 : 0;
    const operand = (name: string, shape: readonly number[], pattern: (k: number) => number) => {
      const data = Array.from({ length: numel(shape) }, (_, k) => low + (pattern(k) & 255));
      return add(`${name}${i}`, tensor(type, shape, data), false);
    };
    const parameters = (name: string, scale: number, zero: number) => [
      add(`${name}${i}_scale`, tensor("float32", [], [scale]), true),
      add(`${name}${i}_zero`, tensor(type, [], [low + zero]), true),
    ];
    const a = operand("a", shapes[0], (k) => k >> 8);
    const b = operand("b", shapes[1], (k) => (k < 65536 ? k : 77 * k));
    const y = `y${i}`;
    values.set(y, { name: y, dtype: type, shape: broadcastShapes(...shapes)! });
    nodes.push({
      name: y,
      op: `com.microsoft.QLinear${op}`,
      inputs: [
        ...[a, ...parameters("a", 0.0217131, 131)],
        ...[b, ...parameters("b", 0.0411717, 99)],
        ...parameters("y", op === "Add" ? 0.0473019 : 0.0917319, 121),
      ],
      outputs: [y],
      attrs: { unsigned: false },
      origin: [y],
    });
  });
  const graph: Graph<"quantized"> = {
    stage: "quantized",
    name: "pairs",
    inputs: Object.keys(inputs),
    outputs: nodes.map((node) => node.outputs[0]),
    values,
    nodes,
  };
  return { graph, inputs };
}

const { graph, inputs } = graphOf();
const expected = evaluate(graph, inputs);

test.each([
  ["cortex-m0plus", "qbinary"],
  ["cortex-m3", "qbinary-saturating"],
  ["cortex-m4", "qbinary-saturating"],
  ["cortex-m55", "qbinary-4"],
  ["cortex-a7-neon", "qbinary-16"],
  ["cortex-a53-neon", "qbinary-16"],
  ["cortex-a53-aarch64", "qbinary-16"],
])("%s: %s and what else it takes give the reference's bytes", async (name, kernel) => {
  const target = loadTarget(name);
  const compiled = await compileGraph(graph, "0".repeat(64), { target });
  expect(compiled.program.steps.map((step) => step.kernel)).toContain(kernel);
  if (!toolStatus(target).ready) return;
  const [results] = await runCompiled(compiled, target, [inputs]);
  for (const output of graph.outputs) {
    const [result, right] = [results[output].data, expected[output].data];
    expect([output, result.length]).toEqual([output, right.length]);
    const wrong = result.findIndex((value, i) => value !== right[i]);
    if (wrong >= 0) expect.fail(`${output}[${wrong}] is ${result[wrong]}, expected ${right[wrong]}`);
  }
});
