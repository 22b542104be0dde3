import { type Graph, type Node, type Port, portsOf, type Value } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { opRegistry } from "../ops/registry.js";

/**
 * Holds uint8 activations as int8: every element and its zero point less 128. The real values stay the
 * same, and SIMD kernels, which multiply int8 by int8, apply. A tensor stays uint8 where an operator that
 * touches it does not know zero points.
 *
 *   x: uint8 (zero point 130) -> vcgen.Conv -> y: uint8      x: int8 (zero point 2) -> vcgen.Conv -> y: int8
 */
export const signedActivations: Pass<"kernel"> = {
  name: "signed-activations",
  summary: "hold uint8 activations as int8 with the zero point moved by 128",
  run(graph) {
    const shifted = shiftable(graph);
    if (shifted.size === 0) return graph;
    const values = new Map<string, Value>();
    for (const value of graph.values.values()) {
      values.set(value.name, shifted.has(value.name) ? { ...value, dtype: "int8" } : value);
    }
    const ports = portsOf(graph);
    const shiftPort = (port: Port, name: string): Port =>
      shifted.has(name) && port.quantize
        ? { ...port, quantize: { ...port.quantize, zeroPoint: port.quantize.zeroPoint - 128 } }
        : port;
    return {
      ...graph,
      values,
      nodes: graph.nodes.map((node) => ({ ...node, attrs: shiftedAttributes(node, shifted) ?? node.attrs })),
      ports: {
        inputs: ports.inputs.map((port, i) => shiftPort(port, graph.inputs[i])),
        outputs: ports.outputs.map((port, i) => shiftPort(port, graph.outputs[i])),
      },
    };
  },
};

/** The largest set of uint8 values that every operator around them can hold as int8. */
function shiftable(graph: Graph<"kernel">): Set<string> {
  const candidates = new Set<string>();
  for (const { name, dtype, data } of graph.values.values())
    if (dtype === "uint8" && !data) candidates.add(name);
  const ports = portsOf(graph);
  graph.inputs.forEach((name, i) => {
    if (!ports.inputs[i].quantize) candidates.delete(name);
  });
  graph.outputs.forEach((name, i) => {
    if (!ports.outputs[i].quantize) candidates.delete(name);
  });
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of graph.nodes) {
      const touched = [...node.inputs, ...node.outputs].filter((name) => candidates.has(name));
      if (touched.length === 0 || shiftedAttributes(node, candidates)) continue;
      for (const name of touched) candidates.delete(name);
      changed = true;
    }
  }
  return candidates;
}

function shiftedAttributes(node: Node, shifted: ReadonlySet<string>): Node["attrs"] | undefined {
  const flags = (names: readonly string[]) => names.map((name) => shifted.has(name));
  const operands = { inputs: flags(node.inputs), outputs: flags(node.outputs) };
  if (![...operands.inputs, ...operands.outputs].includes(true)) return node.attrs;
  return opRegistry.get(node.op)?.shiftToSigned?.(node.attrs, operands);
}
