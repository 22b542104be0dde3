import { type Compiled, type CompileOptions, compileGraph } from "../compile.js";
import { type Graph, getValue, portsOf } from "../ir/graph.js";
import { evaluate } from "../reference/evaluate.js";
import type { Target } from "../target/target.js";
import type { GoldenCase } from "./golden.js";
import { checkTarget } from "./verify.js";

/**
 * The first node, in execution order, whose C does not compute what the reference does: compiles the
 * graph cut off after a node, with all that is still needed then as its outputs, and halves the range. If no
 * cut shows a difference the fusion across cuts is at fault, and the whole graph is named.
 */
export async function findFirstDifference(
  compiled: Compiled,
  target: Target,
  cases: readonly GoldenCase[],
  options: Omit<CompileOptions, "target">,
): Promise<string> {
  const graph = compiled.reference;
  const first = cases.slice(0, 1);
  const differs = async (index: number): Promise<boolean> => {
    const cut = cutAfter(graph, index);
    const part = await compileGraph(cut, compiled.report.modelSha256, { ...options, target });
    const computed = first.map(({ inputs }) => evaluate(cut, inputs));
    return (await checkTarget(part, target, first, computed)).differing > 0;
  };
  let [low, high] = [0, graph.nodes.length - 1];
  if (!(await differs(high))) return "no single node: the difference appears only in the whole graph";
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await differs(middle)) high = middle;
    else low = middle + 1;
  }
  const node = graph.nodes[low];
  return `${node.name} (${node.op})`;
}

/** The nodes up to `index`; what later nodes and the graph's outputs read of them are the outputs. */
function cutAfter(graph: Graph<"quantized">, index: number): Graph<"quantized"> {
  const read = new Set([...graph.nodes.slice(index + 1).flatMap((node) => node.inputs), ...graph.outputs]);
  const outputs = graph.nodes
    .slice(0, index + 1)
    .flatMap((node) => node.outputs)
    .filter((name) => read.has(name));
  const ports = outputs.map((name) => ({ ...getValue(graph, name), name }));
  return {
    ...graph,
    nodes: graph.nodes.slice(0, index + 1),
    outputs,
    ports: { inputs: portsOf(graph).inputs, outputs: ports },
  };
}
