import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeModel } from "../../src/1-import/decode.js";
import { decodeTensorProto } from "../../src/1-import/tensor-proto.js";
import { Diagnostics } from "../../src/diagnostics/diagnostic.js";
import type { Tensor } from "../../src/ir/tensor.js";
import type { NodeCase } from "./node-case.js";

const nodeTests = fileURLToPath(new URL("../../../shared/models/onnx-node-tests/", import.meta.url));

export interface OnnxNodeTest {
  readonly name: string;
  readonly node: NodeCase;
  readonly expected: readonly Tensor[];
}

/** The ONNX project's own tests whose only node is one of these operators; none where they are not there. */
export function onnxNodeTests(ops: readonly string[]): OnnxNodeTest[] {
  if (!existsSync(nodeTests)) return [];
  return readdirSync(nodeTests).flatMap((name) => {
    const folder = `${nodeTests}${name}/`;
    const read = (file: string) => new Uint8Array(readFileSync(folder + file));
    if (!ops.some((op) => Buffer.from(read("model.onnx")).includes(op))) return [];
    const { graph, opsets } = decodeModel(read("model.onnx"), { diagnostics: new Diagnostics() });
    const [node] = graph.nodes;
    if (graph.nodes.length !== 1 || !ops.includes(node.opType)) return [];
    const inputs = new Map<string, Tensor>();
    graph.inputs.forEach((input, i) => {
      inputs.set(input.name, decodeTensorProto(read(`input_${i}.pb`)));
    });
    for (const { name: initializer, tensor } of graph.initializers)
      if (tensor) inputs.set(initializer, tensor);
    const test: OnnxNodeTest = {
      name,
      node: {
        op: node.opType,
        inputs: node.inputs.map((input) => inputs.get(input)),
        attributes: Object.fromEntries(node.attributes),
        opset: opsets.get("") ?? 1,
        outputs: node.outputs.length,
      },
      // Files are numbered by the graph's outputs: one that the node leaves out ("") has none.
      expected: graph.outputs.map((_, i) => decodeTensorProto(read(`output_${i}.pb`))),
    };
    return [test];
  });
}
