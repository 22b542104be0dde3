import { numel } from "../../ir/tensor.js";
import { collapse, placeOf } from "../elementwise/loops.js";
import type { Kernel, KernelParameter } from "../kernel.js";
import { floatLiteral } from "../literal.js";
import { type NormalizeAttributes, normalizeName } from "./kernel-op.js";

const normalizeKernel: Kernel = {
  name: "normalize",
  isa: "scalar",
  ops: [normalizeName],
  accept(view) {
    const { axes, epsilon, centered } = view.attrs as NormalizeAttributes;
    const { shape } = view.outputs[0]!;
    const [, scale, bias] = view.inputs;
    const loops = collapse(shape, [scale?.shape ?? [], bias?.shape ?? []], axes);
    const count = axes.reduce((n, axis) => n * shape[axis], 1);
    const parameters: KernelParameter[] = [{ kind: "input", name: "x", index: 0 }];
    if (scale) parameters.push({ kind: "input", name: "scale", index: 1 });
    if (bias) parameters.push({ kind: "input", name: "bias", index: 2 });
    return {
      cost: 10 + (centered ? 30 : 25) * numel(shape),
      reason: `${count} elements along axes ${axes.join(", ")}, in three passes`,
      inPlace: [0],
      lower: () =>
        numel(shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "normalization/normalize",
              values: {
                kept: loops.filter((loop) => !loop.reduced),
                reduced: loops.filter((loop) => loop.reduced),
                at: placeOf(loops, (loop) => loop.dense),
                scaleAt: placeOf(loops, (loop) => loop.operands[0]),
                biasAt: placeOf(loops, (loop) => loop.operands[1]),
                scale: scale !== undefined,
                bias: bias !== undefined,
                centered,
                count: floatLiteral(count),
                epsilon: floatLiteral(epsilon),
              },
              parameters: [...parameters, { kind: "output", name: "y", index: 0 }],
              uses: ["math/sqrt"],
            },
    };
  },
};

export const kernels: Kernel[] = [normalizeKernel];
