import { importNode } from "./import-node.js";
import { addConstant, type ImportState, reportAt, Scope } from "./import-state.js";
import { describeNode, type OnnxGraph, type OnnxNode, type Subgraph } from "./model.js";
import { sortNodes } from "./sort-nodes.js";
import { structural } from "./structural.js";

/** Imports the initializers and nodes of a graph, or of a branch of `If`, defining their names in `scope`. */
export function importBody(graph: OnnxGraph, scope: Scope, state: ImportState): void {
  const order = sortNodes(graph, state.diagnostics);
  reportDuplicates(graph, state);
  // Whatever cannot be imported leaves its name defined, so that only names nobody defines are missing.
  for (const node of order) for (const output of node.outputs) scope.define(output, undefined);
  for (const { name, tensor } of graph.initializers) {
    scope.define(name, tensor && addConstant(state, name, tensor));
  }
  for (const node of order) {
    const values = importAny(node, lookUpInputs(node, scope, state), scope, state);
    if (!values) continue;
    for (const [i, name] of node.outputs.entries()) if (name) scope.define(name, values[i]);
  }
}

function importAny(
  node: OnnxNode,
  inputs: readonly string[] | undefined,
  scope: Scope,
  state: ImportState,
): readonly string[] | undefined {
  if (node.domain === "" && node.opType === "If") return inputs && inlineIf(node, inputs, scope, state);
  const special = node.domain === "" ? structural.get(node.opType) : undefined;
  if (!special) return importNode(node, inputs, state);
  return inputs && !node.broken ? special(node, inputs, state) : undefined;
}

/** The values a node reads, without absent inputs at the end; undefined if one of them is not there. */
function lookUpInputs(node: OnnxNode, scope: Scope, state: ImportState): string[] | undefined {
  const names = node.inputs.slice(0, node.inputs.findLastIndex((name) => name !== "") + 1);
  const values = names.map((name, i) => {
    if (!name) return "";
    const found = scope.lookup(name);
    if (!found) {
      reportAt(
        state,
        node,
        "import/undefined-value",
        `${node.opType} reads "${name}" (input ${i}), which no input, initializer or node defines`,
        "the file is incomplete, or an initializer was removed",
      );
    }
    return found?.value;
  });
  return values.includes(undefined) ? undefined : (values as string[]);
}

/** Puts the branch of an `If` that a constant condition chooses in its place. */
function inlineIf(
  node: OnnxNode,
  [condition]: readonly string[],
  scope: Scope,
  state: ImportState,
): readonly string[] | undefined {
  const data = condition ? state.values.get(condition)?.data : undefined;
  if (data?.length !== 1) {
    return reportAt(
      state,
      node,
      "import/unsupported",
      "If: the condition is computed at run time; it must be constant",
      "export the model so that only one branch is left",
    );
  }
  const name = data[0] ? "then_branch" : "else_branch";
  const branch = (node.attributes.get(name) as Subgraph | undefined)?.graphs?.[0];
  if (branch?.outputs.length !== node.outputs.length) {
    const message = branch
      ? `If: the branch has ${branch.outputs.length} outputs, the node ${node.outputs.length}`
      : `If: attribute "${name}" is no graph`;
    return reportAt(state, node, "import/invalid-node", message);
  }
  const inner = new Scope(scope);
  importBody(branch, inner, state);
  const results = branch.outputs.map((output) => {
    const found = inner.lookup(output.name);
    if (!found) {
      reportAt(
        state,
        node,
        "import/undefined-value",
        `If: nothing defines the output "${output.name}" of ${name}`,
      );
    }
    return found?.value;
  });
  return results.includes(undefined) ? undefined : (results as string[]);
}

/** ONNX is in static single assignment form: a name is defined once. */
function reportDuplicates(graph: OnnxGraph, { diagnostics }: ImportState): void {
  const definedBy = new Map<string, string>();
  const define = (name: string, what: string, origin: string) => {
    const first = definedBy.get(name);
    if (first === undefined) definedBy.set(name, what);
    else {
      diagnostics.error("import/duplicate-name", `${what} defines "${name}", as ${first} does`, { origin });
    }
  };
  const constants = new Set(graph.initializers.map((initializer) => initializer.name));
  for (const { name } of graph.inputs) if (!constants.has(name)) define(name, "an input", name);
  for (const [i, { name }] of graph.initializers.entries()) {
    if (name) define(name, "an initializer", name);
    else {
      diagnostics.error("import/no-name", "the initializer has no name", {
        origin: `graph.initializer[${i}]`,
      });
    }
  }
  for (const node of graph.nodes) {
    const origin = describeNode(node);
    for (const output of node.outputs) if (output) define(output, `node "${origin}"`, origin);
  }
}
