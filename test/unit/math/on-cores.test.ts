import { describe, expect, it } from "vitest";
import { runCompiled } from "../../../src/7-verify/run-on-target.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { compileGraph } from "../../../src/compile.js";
import type { Graph, Node, Value } from "../../../src/ir/graph.js";
import { tensor } from "../../../src/ir/tensor.js";
import { opRegistry } from "../../../src/ops/registry.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import { loadTarget } from "../../../src/target/load.js";
import { canonicalBits, sampleFloats } from "./functions.js";

const length = 48;
const unary = ["Exp", "Log", "Sigmoid", "Tanh", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh"];
unary.push("Cosh", "Asinh", "Acosh", "Atanh", "Sqrt", "Floor", "Ceil", "Round", "Softplus");

/** A graph with an output for every function of x, and for those of x and y. */
function everyFunction(): Graph<"quantized"> {
  const float = (name: string): Value => ({ name, dtype: "float32", shape: [length] });
  const nodes = [...unary, "Pow", "Div", "Mod"].map((op): Node => {
    const attrs = op === "Mod" ? { fmod: true } : {};
    const inputs = opRegistry.get(op)!.inputs[0] === 2 ? ["x", "y"] : ["x"];
    return { name: op, op, inputs, outputs: [`${op}_of`], attrs, origin: [op] };
  });
  const outputs = nodes.map((node) => node.outputs[0]);
  const values = new Map(["x", "y", ...outputs].map((name) => [name, float(name)]));
  return { stage: "quantized", name: "functions", inputs: ["x", "y"], outputs, values, nodes };
}

/** Every kind of float arithmetic: emulated, single-precision FPU, AArch32 and AArch64. */
const cores = ["cortex-m0plus", "cortex-m4", "cortex-a53-neon", "cortex-a53-aarch64"].map(loadTarget);

describe("float32 functions on the cores", () => {
  const graph = everyFunction();
  const floats = sampleFloats(27_000_013);
  const vector = (start: number, step: number) =>
    tensor(
      "float32",
      [length],
      Array.from({ length }, (_, i) => floats[(start + i * step) % floats.length]),
    );
  const cases = Array.from({ length: Math.ceil(floats.length / length) }, (_, i) => ({
    x: vector(i * length, 1),
    y: vector(i * 31, 7),
  }));

  it.each(cores.map((core) => [core.name, core] as const))(
    "%s gives the reference's bits",
    async (_, target) => {
      const { ready } = toolStatus(target);
      if (!ready) return;
      const compiled = await compileGraph(graph, "0".repeat(64), { target });
      const results = await runCompiled(compiled, target, cases);
      cases.forEach((inputs, i) => {
        const expected = evaluate(graph, inputs);
        for (const name of graph.outputs) {
          const bits = (t: { data: unknown }) => canonicalBits(t.data as Float32Array);
          expect([name, bits(results[i][name])]).toEqual([name, bits(expected[name])]);
        }
      });
    },
  );
});
