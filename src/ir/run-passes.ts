import type { Graph, Stage } from "./graph.js";
import type { Pass, PassContext } from "./pass.js";
import { verifyGraph } from "./verify.js";

/** Sees the graph after each pass: `--dump-ir`. */
export type PassObserver = (pass: string, graph: Graph) => void;

/** Runs passes that stay within a stage, verifying the graph after each. Errors are left to the diagnostics. */
export function runPasses<S extends Stage>(
  graph: Graph<S>,
  passes: readonly Pass<S>[],
  context: PassContext,
  observe?: PassObserver,
): Graph<S> {
  return passes.reduce((current, pass) => runPass(current, pass, context, observe), graph);
}

/** Runs one pass, which may lead to another stage. */
export function runPass<From extends Stage, To extends Stage>(
  graph: Graph<From>,
  pass: Pass<From, To>,
  context: PassContext,
  observe?: PassObserver,
): Graph<To> {
  const result = pass.run(graph, context);
  verifyGraph(result, pass.name);
  observe?.(pass.name, result);
  return result;
}
