import { GraphEditor } from "../ir/editor.js";
import { consumers, type Graph, getValue, type Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { sameShape } from "../ir/tensor.js";
import { type MapAttributes, mapName, type Operand, type Step } from "../ops/elementwise/map.js";

/** Most inputs and steps of a fused Map: beyond that its loop would spill registers. */
const mostInputs = 8;
const mostSteps = 64;
/** A Map of so few steps is computed again in each of several users rather than stored. */
const repeatable = 4;

/**
 * Joins elementwise computations that follow each other into one loop, so that what is between them is
 * never stored.
 *
 *   q -> vcgen.Map{dequantize} -> f, vcgen.Map{Add}(f, g) -> vcgen.Map{quantize}      vcgen.Map{all}(q, ...)
 */
export const fuseMaps: Pass<"kernel"> = {
  name: "fuse-maps",
  summary: "join elementwise operators that follow each other",
  run(graph) {
    let current = graph;
    for (let next = fuseOnce(current); next !== current; next = fuseOnce(current)) current = next;
    return current;
  },
};

/** Moves every Map that can be moved into its users; what it gives may be moved on in the next round. */
function fuseOnce(graph: Graph<"kernel">): Graph<"kernel"> {
  const users = consumers(graph);
  const editor = new GraphEditor(graph);
  const touched = new Set<Node>();
  for (const producer of graph.nodes) {
    const value = producer.outputs[0];
    if (producer.op !== mapName || touched.has(producer) || graph.outputs.includes(value)) continue;
    const into = [...new Set(users.get(value))];
    if (into.length === 0 || into.some((user) => touched.has(user) || !mayFuse(graph, producer, user)))
      continue;
    if (into.length > 1 && stepsOf(producer).length > repeatable) continue;
    touched.add(producer);
    for (const user of into) {
      touched.add(user);
      editor.replace(user, fused(producer, user));
    }
  }
  return editor.finish();
}

const stepsOf = (node: Node): readonly Step[] => (node.attrs as MapAttributes).steps;

function mayFuse(graph: Graph<"kernel">, producer: Node, user: Node): boolean {
  if (user.op !== mapName) return false;
  const between = getValue(graph, producer.outputs[0]);
  // Broadcast on the way to the user, its elements would be computed more than once.
  if (!sameShape(between.shape, getValue(graph, user.outputs[0]).shape)) return false;
  const inputs = new Set([...producer.inputs, ...user.inputs]);
  return inputs.size - 1 <= mostInputs && stepsOf(producer).length + stepsOf(user).length <= mostSteps;
}

/** The user with the producer's steps in front of its own. */
function fused(producer: Node, user: Node): Parameters<GraphEditor<"kernel">["replace"]>[1] {
  const value = producer.outputs[0];
  const inputs = [...new Set([...producer.inputs, ...user.inputs.filter((name) => name !== value)])];
  const first = stepsOf(producer);
  const moved =
    (from: Node, stepsBefore: number) =>
    (operand: Operand): Operand => {
      if ("step" in operand) return { step: operand.step + stepsBefore };
      if ("constant" in operand) return operand;
      const name = from.inputs[operand.input];
      return name === value ? { step: first.length - 1 } : { input: inputs.indexOf(name) };
    };
  const place = (from: Node, stepsBefore: number) =>
    stepsOf(from).map((step) => ({ ...step, operands: step.operands.map(moved(from, stepsBefore)) }));
  return {
    ...user,
    inputs,
    attrs: { steps: [...place(producer, 0), ...place(user, first.length)] },
    origin: [...new Set([...producer.origin, ...user.origin])],
  };
}
