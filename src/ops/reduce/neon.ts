import { numel } from "../../ir/tensor.js";
import { collapse, placeOf } from "../elementwise/loops.js";
import type { Kernel } from "../kernel.js";
import { literal } from "../literal.js";
import { type ReduceAttributes, reduceName } from "./kernel-op.js";
import { highest, lowest } from "./limits.js";

/** Shorter runs are left to scalar code. */
const shortest = 16;

/** The largest or smallest float32 of each contiguous run, 16 at a time on AArch64. */
const extreme: Kernel = {
  name: "reduce-extreme",
  isa: "neon",
  ops: [reduceName],
  accept(view, target) {
    const { dtype, shape } = view.inputs[0]!;
    const { kind, axes } = view.attrs as ReduceAttributes;
    const output = view.outputs[0]!.shape;
    if (!target.features.vectorFloatIsIeee || target.features.bits !== 64) {
      return { refused: "vectors flush denormals" };
    }
    if (dtype !== "float32" || (kind !== "Max" && kind !== "Min")) {
      return { refused: `${kind} of ${dtype} has an order` };
    }
    const loops = collapse(shape, [output], axes);
    const run = loops.at(-1);
    const kept = loops.slice(0, -1);
    if (!run?.reduced || run.count < shortest || kept.some((loop) => loop.reduced)) {
      return { refused: `no runs of at least ${shortest} elements` };
    }
    return {
      cost: 10 + Math.ceil(0.7 * numel(shape)) + 40 * numel(output),
      reason: `${kind} over axes ${axes.join(", ")}, 16 elements at a time`,
      lower: () => ({
        template: "reduce/extreme-neon",
        values: {
          kept,
          run: run.count,
          whole: run.count - (run.count % 16),
          rest: run.count % 16 > 0,
          begin: literal(dtype, (kind === "Max" ? lowest : highest)(dtype)),
          vector: kind === "Max" ? "vmax" : "vmin",
          scalar: kind === "Max" ? "vc_max" : "vc_min",
          input: placeOf(kept, (loop) => loop.dense),
          output: placeOf(kept, (loop) => loop.operands[0]),
        },
        parameters: [
          { kind: "input", name: "x", index: 0 },
          { kind: "output", name: "y", index: 0 },
        ],
        uses: [kind === "Max" ? "math/max" : "math/min"],
      }),
    };
  },
};

export const kernels: Kernel[] = [extreme];
