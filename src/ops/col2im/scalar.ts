import { dtypeInfo } from "../../ir/dtype.js";
import { numel, stridesOf } from "../../ir/tensor.js";
import type { Kernel } from "../kernel.js";
import { wrappingType } from "../wrapping-type.js";
import { type Col2ImAttributes, col2imPlan } from "./op.js";

/** Reads the blocks in order and adds every element to its place. */
const col2im: Kernel = {
  name: "col2im",
  isa: "scalar",
  ops: ["Col2Im"],
  accept({ attrs, inputs, outputs }) {
    const { dtype, shape } = inputs[0]!;
    const { batches, channels, axes } = col2imPlan(inputs, attrs as Col2ImAttributes);
    const strides = stridesOf(axes.map((axis) => axis.size));
    const outputCount = numel(outputs[0]!.shape);
    return {
      cost: numel(shape) * 12 + outputCount / 3,
      reason: `blocks of ${axes.map((axis) => axis.kernel).join("x")}`,
      lower: () =>
        outputCount === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "col2im/col2im",
              values: {
                type: dtypeInfo[dtype].c,
                wide: wrappingType(dtype),
                bytes: outputCount * dtypeInfo[dtype].bytes,
                images: batches * channels,
                imageSize: numel(axes.map((axis) => axis.size)),
                axes: axes.map((axis, i) => ({
                  ...axis,
                  i,
                  first: i === 0,
                  step: strides[i],
                  scaled: strides[i] !== 1,
                })),
              },
              parameters: [
                { kind: "input", name: "x", index: 0 },
                { kind: "output", name: "y", index: 0 },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [col2im];
