import { fail } from "../diagnostics/diagnostic.js";
import { type Graph, type Port, portsOf } from "../ir/graph.js";
import { sameShape, type Tensor } from "../ir/tensor.js";
import { references } from "../ops/registry.js";

/** Named tensors: a graph's inputs or outputs. */
export type Tensors = Readonly<Record<string, Tensor>>;

export interface EvaluateOptions {
  /** Called with every computed value, in execution order. */
  readonly onValue?: (name: string, tensor: Tensor) => void;
}

/**
 * Runs the reference on a graph: node by node, with each operator's naive arithmetic. Values are
 * dropped after their last use.
 *
 * Throws a `ModelError` where an input is missing or has another type or shape than the graph says.
 */
export function evaluate(
  graph: Graph<"onnx"> | Graph<"quantized">,
  inputs: Tensors,
  options: EvaluateOptions = {},
): Record<string, Tensor> {
  const values = new Map<string, Tensor>();
  for (const value of graph.values.values())
    if (value.data) values.set(value.name, { ...value, data: value.data });
  const ports = portsOf(graph);
  graph.inputs.forEach((name, i) => {
    values.set(name, checkedInput(ports.inputs[i], inputs[ports.inputs[i].name]));
  });

  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, step) => {
    for (const input of node.inputs) lastUse.set(input, step);
  });
  for (const output of graph.outputs) lastUse.set(output, Number.POSITIVE_INFINITY);

  graph.nodes.forEach((node, step) => {
    const reference = references.get(node.op);
    if (!reference)
      fail("reference/unsupported", `no reference for operator ${node.op}`, { origin: node.name });
    const operands = node.inputs.map((name) => (name ? values.get(name) : undefined));
    const results = reference(operands, node.attrs, node.outputs.length);
    node.outputs.forEach((name, i) => {
      if (!name) return;
      values.set(name, results[i]);
      options.onValue?.(name, results[i]);
    });
    for (const input of node.inputs) {
      if (lastUse.get(input) === step && !graph.values.get(input)?.data) values.delete(input);
    }
  });
  return Object.fromEntries(graph.outputs.map((name, i) => [ports.outputs[i].name, values.get(name)!]));
}

function checkedInput(port: Port, tensor: Tensor | undefined): Tensor {
  const expected = `${port.dtype}[${port.shape.join(",")}]`;
  if (!tensor) fail("reference/missing-input", `no data for input ${expected}`, { origin: port.name });
  if (tensor.dtype !== port.dtype || !sameShape(tensor.shape, port.shape)) {
    const got = `${tensor.dtype}[${tensor.shape.join(",")}]`;
    fail("reference/wrong-input", `got ${got}, expected ${expected}`, { origin: port.name });
  }
  return tensor;
}
