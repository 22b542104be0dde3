import type { Graph } from "../ir/graph.js";
import type { Pass, PassContext } from "../ir/pass.js";
import { type PassObserver, runPasses } from "../ir/run-passes.js";
import { fuseAccumulating } from "./fuse-accumulating.js";
import { fuseElementwise } from "./fuse-elementwise.js";

/** The passes of stage 2, in order. */
export const quantizePasses: readonly Pass<"onnx">[] = [fuseElementwise, fuseAccumulating];

/**
 * Stage 2: Q/DQ pairs around float operators become operators on quantized tensors, where ONNX Runtime
 * would run them so; what stays in float keeps its DequantizeLinear and QuantizeLinear. The reference
 * runs on the result.
 */
export function quantize(
  graph: Graph<"onnx">,
  context: PassContext,
  observe?: PassObserver,
): Graph<"quantized"> {
  return { ...runPasses(graph, quantizePasses, context, observe), stage: "quantized" };
}
