import type { Graph } from "../ir/graph.js";

/** Applies a step until it gives the graph it was given, at most `limit` times. */
export function untilUnchanged(
  graph: Graph<"onnx">,
  step: (graph: Graph<"onnx">) => Graph<"onnx">,
  limit = Number.POSITIVE_INFINITY,
): Graph<"onnx"> {
  let current = graph;
  for (let i = 0; i < limit; i++) {
    const next = step(current);
    if (next === current) break;
    current = next;
  }
  return current;
}
