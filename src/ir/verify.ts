import { dtypeInfo } from "./dtype.js";
import { type Graph, portsOf } from "./graph.js";
import { numel } from "./tensor.js";

/**
 * Checks what every pass relies on: values are defined once and before they are read, names, types and
 * shapes are known, and constants have as many elements as their shape says.
 *
 * Throws an `Error` that names the pass the graph comes from: a defect of vcgen, never of a model.
 */
export function verifyGraph(graph: Graph, pass: string): void {
  const defect = (message: string): never => {
    throw new Error(`defect: after pass "${pass}", ${message}`);
  };
  for (const [key, { name, dtype, shape, data }] of graph.values) {
    if (!name || name !== key) defect(`value "${name}" is listed as "${key}"`);
    if (!Object.hasOwn(dtypeInfo, dtype)) defect(`value "${name}" has the unknown type "${dtype}"`);
    if (!shape.every((d) => Number.isInteger(d) && d >= 0)) {
      defect(`value "${name}" has the shape [${shape.join(",")}]`);
    }
    if (!data) continue;
    if (!(data instanceof dtypeInfo[dtype].array)) {
      defect(`constant "${name}" of ${dtype} is a ${data.constructor.name}`);
    }
    if (data.length !== numel(shape)) {
      defect(`constant "${name}" of shape [${shape.join(",")}] has ${data.length} elements`);
    }
  }

  const defined = new Set<string>();
  const define = (name: string, by: string) => {
    const value = graph.values.get(name);
    if (!value) defect(`${by} defines "${name}", which is no value`);
    if (value?.data) defect(`${by} defines "${name}", which is a constant`);
    if (defined.has(name)) defect(`${by} defines "${name}" a second time`);
    defined.add(name);
  };
  const read = (name: string, by: string) => {
    if (defined.has(name) || graph.values.get(name)?.data) return;
    const why = graph.values.has(name) ? "before it is computed" : "which is no value";
    defect(`${by} reads "${name}", ${why}`);
  };

  for (const name of graph.inputs) define(name, "the graph's inputs");
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    const by = `node "${node.name}" (${node.op})`;
    if (!node.name || nodeNames.has(node.name)) defect(`${by} does not have a name of its own`);
    nodeNames.add(node.name);
    for (const name of node.inputs) if (name) read(name, by);
    for (const name of node.outputs) if (name) define(name, by);
  }
  for (const name of graph.outputs) read(name, "the graph's outputs");
  const ports = portsOf(graph);
  if (ports.inputs.length !== graph.inputs.length || ports.outputs.length !== graph.outputs.length) {
    defect("the ports do not match the inputs and outputs");
  }
}
