import type { Graph } from "../ir/graph.js";
import type { Pass, PassContext } from "../ir/pass.js";
import { type PassObserver, runPasses } from "../ir/run-passes.js";
import { dropRedundantClips } from "./drop-redundant-clips.js";
import { foldConstants } from "./fold-constants.js";
import { fuseOperators } from "./fuse-operators.js";
import { mergeDuplicates } from "./merge-duplicates.js";
import { mergeMatMulAdd } from "./merge-matmul-add.js";
import { moveDataQuantized } from "./move-data-quantized.js";
import { narrowBeforeTranspose } from "./narrow-before-transpose.js";
import { propagateQuantization } from "./propagate-quantization.js";
import { quantizeWeights } from "./quantize-weights.js";
import { rearrangeWeights } from "./rearrange-weights.js";
import { removeDoubleQuantization } from "./remove-double-quantization.js";
import { roundActivations } from "./round-activations.js";
import { untilUnchanged } from "./until-unchanged.js";

/** ONNX Runtime repeats these, as each may make room for another, at most so often. */
const rounds = 10;
const untilStable: readonly Pass<"onnx">[] = [
  removeDoubleQuantization,
  mergeDuplicates,
  rearrangeWeights,
  mergeMatMulAdd,
  propagateQuantization,
  quantizeWeights,
];

const normalizeQuantization: Pass<"onnx"> = {
  name: "normalize-quantization",
  summary: `repeats until nothing changes: ${untilStable.map((pass) => pass.name).join(", ")}`,
  run: (graph, context) =>
    untilUnchanged(graph, (g) => untilStable.reduce((all, pass) => pass.run(all, context), g), rounds),
};

/** The passes of stage 2, in order. */
export const quantizePasses: readonly Pass<"onnx">[] = [
  normalizeQuantization,
  narrowBeforeTranspose,
  dropRedundantClips,
  fuseOperators,
  roundActivations,
  moveDataQuantized,
  foldConstants,
];

/**
 * Stage 2: Q/DQ pairs around float operators become operators on quantized tensors, as ONNX Runtime
 * fuses them; what stays in float keeps its DequantizeLinear and QuantizeLinear. The reference runs on
 * the result.
 */
export function quantize(
  graph: Graph<"onnx">,
  context: PassContext,
  observe?: PassObserver,
): Graph<"quantized"> {
  return { ...runPasses(graph, quantizePasses, context, observe), stage: "quantized" };
}
