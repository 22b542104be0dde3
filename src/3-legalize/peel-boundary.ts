import { prune } from "../ir/editor.js";
import {
  constantOf,
  consumers,
  type Graph,
  getValue,
  type Node,
  type Port,
  portsOf,
  producers,
} from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";

/**
 * Moves quantization at the edges of the model into the C interface: the caller hands over and gets
 * quantized tensors, with scale and zero point as macros.
 *
 *   input x: float32 -> QuantizeLinear -> q -> ...      input x is q: int8
 *   ... -> q -> DequantizeLinear -> output y: float32   output y is q: int8
 *
 * Left alone: an input that is also used in float, or quantized in two ways; per-axis parameters.
 */
export const peelBoundary: Pass<"quantized"> = {
  name: "peel-boundary",
  summary: "make inputs and outputs quantized where the model quantizes them at once",
  run(graph) {
    const ports = portsOf(graph);
    const uses = consumers(graph);
    const makers = producers(graph);
    const replaced = new Map<string, string>();
    const inputs = graph.inputs.map((name, i) =>
      peelInput(graph, name, ports.inputs[i], uses.get(name) ?? [], replaced),
    );
    const outputs = graph.outputs.map((name, i) =>
      peelOutput(graph, name, ports.outputs[i], makers.get(name)),
    );
    if ([...inputs, ...outputs].every(({ port }) => !port.quantize)) return graph;

    const isInput = new Set(inputs.map(({ value }) => value));
    const nodes = graph.nodes
      .filter((node) => !node.outputs.some((name) => isInput.has(name) || replaced.has(name)))
      .map((node) => ({ ...node, inputs: node.inputs.map((name) => replaced.get(name) ?? name) }));
    return prune({
      ...graph,
      nodes,
      inputs: inputs.map(({ value }) => value),
      outputs: outputs.map(({ value }) => replaced.get(value) ?? value),
      ports: { inputs: inputs.map(({ port }) => port), outputs: outputs.map(({ port }) => port) },
    });
  },
};

interface Peeled {
  readonly value: string;
  readonly port: Port;
}

function peelInput(
  graph: Graph,
  name: string,
  port: Port,
  users: readonly Node[],
  replaced: Map<string, string>,
): Peeled {
  const [first] = users;
  const same = (node: Node) =>
    node.op === "QuantizeLinear" && node.inputs[0] === name && sameParameters(graph, node, first);
  const quantize = first?.op === "QuantizeLinear" ? perTensor(graph, first) : undefined;
  if (!quantize || graph.outputs.includes(name) || !users.every(same)) return { value: name, port };
  const value = first.outputs[0];
  for (const node of users) if (node !== first) replaced.set(node.outputs[0], value);
  return { value, port: { ...port, quantize } };
}

function peelOutput(graph: Graph, name: string, port: Port, maker: Node | undefined): Peeled {
  if (maker?.op !== "DequantizeLinear") return { value: name, port };
  const quantize = perTensor(graph, maker);
  const source = getValue(graph, maker.inputs[0]);
  if (!quantize || source.data || source.dtype === "int32") return { value: name, port };
  return { value: source.name, port: { ...port, quantize } };
}

/** Scale and zero point, if they are single constants. */
function perTensor(graph: Graph, node: Node): { scale: number; zeroPoint: number } | undefined {
  const scale = constantOf(graph, node.inputs[1]);
  const zeroPoint = constantOf(graph, node.inputs[2]);
  if (scale?.data.length !== 1 || scale.dtype !== "float32") return undefined;
  if (node.inputs[2] && zeroPoint?.data.length !== 1) return undefined;
  return { scale: Number(scale.data[0]), zeroPoint: zeroPoint ? Number(zeroPoint.data[0]) : 0 };
}

function sameParameters(graph: Graph, a: Node, b: Node): boolean {
  const [p, q] = [perTensor(graph, a), perTensor(graph, b)];
  const dtype = (node: Node) => getValue(graph, node.outputs[0]).dtype;
  return p !== undefined && p.scale === q?.scale && p.zeroPoint === q.zeroPoint && dtype(a) === dtype(b);
}
