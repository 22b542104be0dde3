import type { Kernel, NodeView } from "../kernel.js";
import { convolutionLoops } from "../window-loops.js";
import { type ConvAttributes, convName, convWindow } from "./kernel-op.js";
import { convOverlap } from "./overlap.js";
import { runtimeWeights } from "./runtime-weights.js";
import { scalarConvolution } from "./scalar-code.js";

/** Any `vcgen.Conv`, in portable C. */
const conv: Kernel = {
  name: "conv",
  isa: "scalar",
  ops: [convName],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<ConvAttributes>;
    const [x, w, bias] = inputs;
    const y = outputs[0]!;
    if (!w!.data || (bias && !bias.data)) return { refused: "weights or bias are computed at run time" };
    const window = convWindow(w!.shape, attrs);
    const accepted = scalarConvolution(
      {
        ...attrs,
        x: x!,
        weights: { ...w!, data: w!.data },
        bias: bias?.data,
        y,
        loops: convolutionLoops(x!.shape.slice(1, -1), y.shape.slice(1, -1), window),
      },
      target,
    );
    // Positions are computed two at a time at most, unless the whole is repeated for groups of channels.
    return accepted.scratch ? accepted : Object.assign(accepted, { overlap: convOverlap(view, 2) });
  },
};

export const kernels: Kernel[] = [conv, runtimeWeights];
