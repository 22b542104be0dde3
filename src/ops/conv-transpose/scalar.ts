import { scalarConvolution } from "../conv/scalar-code.js";
import type { Kernel, NodeView } from "../kernel.js";
import { transposedLoops } from "../window-loops.js";
import { type ConvTransposeAttributes, convTransposeName } from "./kernel-op.js";

/** Any `vcgen.ConvTranspose`, in portable C: each output position gathers the taps of its phase. */
const convTranspose: Kernel = {
  name: "conv-transpose",
  isa: "scalar",
  ops: [convTransposeName],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<ConvTransposeAttributes>;
    const [x, w, bias] = inputs;
    const y = outputs[0]!;
    if (!w!.data || (bias && !bias.data)) return { refused: "weights or bias are computed at run time" };
    const window = { ...attrs, kernel: w!.shape.slice(1, -1) };
    return scalarConvolution(
      {
        ...attrs,
        x: x!,
        weights: { ...w!, data: w!.data },
        bias: bias?.data,
        y,
        loops: transposedLoops(x!.shape.slice(1, -1), attrs.outputSpatial, window),
      },
      target,
    );
  },
};

export const kernels: Kernel[] = [convTranspose];
