import { dtypeInfo } from "../ir/dtype.js";
import { GraphEditor } from "../ir/editor.js";
import { type Graph, getValue, type Node, portsOf } from "../ir/graph.js";
import type { Pass, PassContext } from "../ir/pass.js";
import { viewNode } from "../ops/kernel.js";
import type { LegalizeBuilder } from "../ops/legalize.js";
import { legalizers } from "../ops/registry.js";

/**
 * Replaces operators by the kernel-stage operators their family's legalizer asks for.
 *
 *   QLinearConv(x, ...)  ->  Transpose(NCW to NWC) -> vcgen.Conv -> Transpose(NWC to NCW)
 *   Add(a, b)            ->  vcgen.Map{Add}(a, b)
 *
 * What a refused node would compute becomes an input, so that later passes can look at the rest.
 */
export const toKernelOperators: Pass<"quantized", "kernel"> = {
  name: "to-kernel-operators",
  summary: "replace operators by the ones C kernels exist for",
  run(graph, context) {
    const editor = new GraphEditor<"kernel">({ ...graph, stage: "kernel" });
    const standIns: string[] = [];
    for (const node of graph.nodes) {
      const legalize = legalizers.get(node.op);
      if (!legalize) continue;
      const errors = context.diagnostics.list.length;
      const results = legalize(viewNode(graph, node), builderFor(editor, node, context));
      if (!results) {
        if (context.diagnostics.list.length === errors) continue;
        editor.remove(node);
        standIns.push(...node.outputs.filter((name) => name));
        continue;
      }
      editor.remove(node);
      node.outputs.forEach((output, i) => {
        if (output && results[i] !== output) editor.rename(output, results[i]);
      });
    }
    return withInputs(editor.finish(), standIns);
  },
};

function withInputs(graph: Graph<"kernel">, names: readonly string[]): Graph<"kernel"> {
  const { inputs, outputs } = portsOf(graph);
  const added = names.filter((name) => graph.values.has(name));
  const ports = { inputs: [...inputs, ...added.map((name) => getValue(graph, name))], outputs };
  return added.length === 0 ? graph : { ...graph, inputs: [...graph.inputs, ...added], ports };
}

function builderFor(editor: GraphEditor<"kernel">, node: Node, context: PassContext): LegalizeBuilder {
  const base = node.outputs.find((name) => name) ?? node.name;
  const nodes: LegalizeBuilder["nodes"] = (op, inputs, outputs, attrs) => {
    const label = `${base}.${op.replace(/^.*\./, "")}`;
    const results = outputs.map((info) => (info ? editor.addValue(label, info.dtype, info.shape) : ""));
    editor.addNode({ name: `${node.name}.${op}`, op, inputs, outputs: results, attrs, origin: node.origin });
    return results;
  };
  return {
    nodes,
    node: (op, inputs, output, attrs) => nodes(op, inputs, [output], attrs)[0],
    constant(base, tensor) {
      if (!(tensor.data instanceof dtypeInfo[tensor.dtype].array))
        throw new Error(`constant ${base}: wrong array type`);
      return editor.addConstant(`${node.name}.${base}`, tensor);
    },
    refuse(message, hint) {
      context.diagnostics.error("legalize/unsupported", message, {
        origin: node.origin[0] ?? node.name,
        hint,
      });
      return undefined;
    },
  };
}
