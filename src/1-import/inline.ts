import type { Tensor } from "../ir/tensor.js";
import { type ImportState, reportAt, Scope } from "./import-state.js";
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode, Subgraph } from "./model.js";

/** Imports the initializers and nodes of a graph, defining their names in a scope. */
export type ImportBody = (graph: OnnxGraph, scope: Scope, state: ImportState) => void;

/** Most bodies of functions and loops that a model may be made of. */
const maxBodies = 2 ** 12;

/** Counts one more body; false after reporting that there are too many. */
export function countBody(node: OnnxNode, state: ImportState): boolean {
  if (++state.spent.bodies <= maxBodies) return true;
  reportAt(
    state,
    node,
    "import/unsupported",
    `${node.opType}: functions and loops of the model come to more than ${maxBodies} bodies`,
    "run fewer steps in one inference",
  );
  return false;
}

/** The values of a body's outputs; undefined after reporting that one is not defined. */
export function outputsOf(
  body: OnnxGraph,
  scope: Scope,
  node: OnnxNode,
  state: ImportState,
): readonly string[] | undefined {
  const results = body.outputs.map(({ name }) => {
    const found = scope.lookup(name);
    if (!found) {
      const message = `${node.opType}: nothing defines the output "${name}" of ${body.name || "its body"}`;
      reportAt(state, node, "import/undefined-value", message);
    }
    return found?.value;
  });
  return results.includes(undefined) ? undefined : (results as string[]);
}

/** The graph that a node has as an attribute; undefined after reporting that it has none. */
export function bodyOf(node: OnnxNode, name: string, state: ImportState): OnnxGraph | undefined {
  const graph = (node.attributes.get(name) as Subgraph | undefined)?.graphs?.[0];
  return (
    graph ?? reportAt(state, node, "import/invalid-node", `${node.opType}: attribute "${name}" is no graph`)
  );
}

/** Puts the branch of an `If` that a constant condition chooses in its place. */
export function inlineIf(
  node: OnnxNode,
  [condition]: readonly string[],
  scope: Scope,
  state: ImportState,
  importBody: ImportBody,
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
  const branch = bodyOf(node, data[0] ? "then_branch" : "else_branch", state);
  if (!branch) return undefined;
  if (branch.outputs.length !== node.outputs.length) {
    const message = `If: the branch has ${branch.outputs.length} outputs, the node ${node.outputs.length}`;
    return reportAt(state, node, "import/invalid-node", message);
  }
  const inner = new Scope(scope);
  importBody(branch, inner, state);
  return outputsOf(branch, inner, node, state);
}

/** Puts the nodes of a local function in the place of a node that calls it. */
export function inlineFunction(
  node: OnnxNode,
  called: OnnxFunction,
  inputs: readonly string[],
  state: ImportState,
  importBody: ImportBody,
): readonly string[] | undefined {
  const { body, defaults, opsets } = called;
  const report = (message: string) =>
    reportAt(state, node, "import/local-function", `${body.name}: ${message}`);
  if (state.calls.includes(body.name)) {
    return report(`the function calls itself (${[...state.calls, body.name].join(" -> ")})`);
  }
  if (inputs.length > body.inputs.length || node.outputs.length > body.outputs.length) {
    const has = `${body.inputs.length} inputs and ${body.outputs.length} outputs`;
    return report(
      `the function has ${has}, the node that calls it ${inputs.length} and ${node.outputs.length}`,
    );
  }
  if (!countBody(node, state)) return undefined;
  const scope = new Scope();
  body.inputs.forEach(({ name }, i) => {
    scope.define(name, inputs[i] ?? "");
  });
  const attributes = new Map([...defaults, ...node.attributes]);
  const nodes = body.nodes.map((inner) => bindAttributes(inner, attributes, node.name));
  const model = { ...state.model, opsets };
  importBody({ ...body, nodes }, scope, { ...state, model, calls: [...state.calls, body.name] });
  return outputsOf(body, scope, node, state);
}

/** A function's node with the attributes of the call in the place of references; those not given are left out. */
function bindAttributes(node: OnnxNode, given: ReadonlyMap<string, OnnxAttribute>, caller: string): OnnxNode {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, value] of node.attributes) {
    const bound = bindAttribute(value, given, caller);
    if (bound !== undefined) attributes.set(name, bound);
  }
  const name = caller && node.name ? `${caller}/${node.name}` : node.name;
  return { ...node, name, attributes };
}

function bindAttribute(
  value: OnnxAttribute,
  given: ReadonlyMap<string, OnnxAttribute>,
  caller: string,
): OnnxAttribute | undefined {
  const kind = typeof value === "object" && "kind" in value ? value.kind : undefined;
  if (kind === "reference") return given.get((value as { attribute: string }).attribute);
  if (kind !== "graph") return value;
  const graphs = (value as Subgraph).graphs.map((graph) => ({
    ...graph,
    nodes: graph.nodes.map((inner) => bindAttributes(inner, given, caller)),
  }));
  return { kind: "graph", graphs };
}

/** The data of a value that is constant. */
export function constantOf(state: ImportState, name: string | undefined): Tensor["data"] | undefined {
  return name ? state.values.get(name)?.data : undefined;
}
