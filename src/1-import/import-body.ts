import { expand, findExpansion } from "./expand/index.js";
import { importNode } from "./import-node.js";
import { addConstant, type ImportedNode, type ImportState, reportAt, type Scope } from "./import-state.js";
import { inlineFunction, inlineIf } from "./inline.js";
import { describeNode, type OnnxGraph, type OnnxNode } from "./model.js";
import { standIns } from "./refused.js";
import { sequenceOperators } from "./sequences.js";
import { sortNodes } from "./sort-nodes.js";
import { structural } from "./structural.js";
import { unrollLoop, unrollScan } from "./unroll.js";

/** Nodes that have a body, which takes their place. */
const inliners = new Map([
  ["If", inlineIf],
  ["Loop", unrollLoop],
  ["Scan", unrollScan],
]);

/** Imports the initializers and nodes of a graph, a branch, a loop's body or a function, defining their names in `scope`. */
export function importBody(graph: OnnxGraph, scope: Scope, state: ImportState): void {
  const order = sortNodes(graph, state.diagnostics);
  reportDuplicates(graph, state);
  // Whatever cannot be imported leaves its name defined, so that only names nobody defines are missing.
  for (const node of order) for (const output of node.outputs) scope.define(output, undefined);
  for (const { name, tensor } of graph.initializers) {
    scope.define(name, tensor && addConstant(state, name, tensor));
  }
  const live = new Set(order);
  for (const node of graph.nodes) if (!live.has(node)) report(node, state, "folded");
  const declared = new Map([...graph.values, ...graph.outputs].map((info) => [info.name, info]));
  for (const node of order) {
    const errors = state.diagnostics.list.length;
    const before = state.nodes.length;
    const values = importAny(node, lookUpInputs(node, scope, state), scope, state);
    const refused = state.diagnostics.list.length > errors;
    if (isInlined(node, state)) report(node, state, values ? "folded" : "refused");
    else if (refused || !values) report(node, state, refused ? "refused" : "unreached");
    else report(node, state, state.nodes.length > before ? "kept" : "folded");
    const results = values ?? standIns(node, declared, state);
    for (const [i, name] of node.outputs.entries()) if (name) scope.define(name, results[i]);
  }
}

/** Whether other nodes take the node's place, which are reported themselves. */
const isInlined = ({ domain, opType }: OnnxNode, { model }: ImportState): boolean =>
  model.functions.has(`${domain}.${opType}`) || (domain === "" && inliners.has(opType));

function report(node: OnnxNode, state: ImportState, became: ImportedNode["became"]): void {
  const { domain, opType } = node;
  const opset = state.model.opsets.get(domain);
  const origin = became === "kept" ? { origin: state.nodes.at(-1)?.name } : {};
  state.onNode?.({ domain, opType, opset, name: describeNode(node), became, ...origin });
}

function importAny(
  node: OnnxNode,
  inputs: readonly string[] | undefined,
  scope: Scope,
  state: ImportState,
): readonly string[] | undefined {
  const usable = node.broken ? undefined : inputs;
  const called = state.model.functions.get(`${node.domain}.${node.opType}`);
  if (called) return usable && inlineFunction(node, called, usable, state, importBody);
  const inline = node.domain === "" ? inliners.get(node.opType) : undefined;
  if (inline) return usable && inline(node, usable, scope, state, importBody);
  const special =
    node.domain === "" ? (structural.get(node.opType) ?? sequenceOperators.get(node.opType)) : undefined;
  if (!special) {
    const expansion = findExpansion(node);
    if (expansion) return usable && expand(expansion, node, usable, state);
    return importNode(node, inputs, state);
  }
  return usable && special(node, usable, state);
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
  if (values.includes(undefined)) return undefined;
  // An input that is left out where a function is called is left out inside, too.
  return (values as string[]).slice(0, values.findLastIndex((value) => value !== "") + 1);
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
