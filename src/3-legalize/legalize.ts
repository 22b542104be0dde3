import type { Graph } from "../ir/graph.js";
import type { Pass, PassContext } from "../ir/pass.js";
import { type PassObserver, runPass, runPasses } from "../ir/run-passes.js";
import { viewNode } from "../ops/kernel.js";
import { countMacs } from "../ops/macs.js";
import { copiesToViews } from "./copies-to-views.js";
import { removeDeadChannels } from "./dead-channels/remove-dead-channels.js";
import { fuseMaps } from "./fuse-maps.js";
import { joinViews } from "./join-views.js";
import { peelBoundary } from "./peel-boundary.js";
import { peelLayout } from "./peel-layout.js";
import { separateOutputs } from "./separate-outputs.js";
import { signedActivations } from "./signed-activations.js";
import { sinkTransposes } from "./sink-transposes.js";
import { tabulateMaps } from "./tabulate-maps.js";
import { toKernelOperators } from "./to-kernel-operators.js";
import { transposesToViews } from "./transposes-to-views.js";

export interface LegalizeOptions {
  /** Hold inputs and outputs quantized where the model quantizes them at its edges. */
  readonly quantizedIo: boolean;
  /** Hand inputs and outputs over in the kernels' channels-last layout. */
  readonly nativeLayout: boolean;
}

export interface Legalized {
  readonly graph: Graph<"kernel">;
  /** Multiply-accumulates of the model as it is, before any are found to be unnecessary. */
  readonly modelMacs: number;
}

/** Stage 3: from operators as ONNX Runtime would run them to nodes that C kernels exist for. */
export function legalize(
  graph: Graph<"quantized">,
  options: LegalizeOptions,
  context: PassContext,
  observe?: PassObserver,
): Legalized {
  const peeled = runPasses(graph, options.quantizedIo ? [peelBoundary] : [], context, observe);
  const kernels = runPass(peeled, toKernelOperators, context, observe);
  const passes: Pass<"kernel">[] = [
    sinkTransposes,
    ...(options.nativeLayout ? [peelLayout] : []),
    fuseMaps,
    tabulateMaps,
    signedActivations,
    transposesToViews,
    joinViews,
    removeDeadChannels,
    separateOutputs,
    copiesToViews,
  ];
  const modelMacs = kernels.nodes.reduce((sum, node) => sum + countMacs(viewNode(kernels, node)), 0);
  return { graph: runPasses(kernels, passes, context, observe), modelMacs };
}
