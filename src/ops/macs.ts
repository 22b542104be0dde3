import { numel } from "../ir/tensor.js";
import type { NodeView } from "./kernel.js";

/** Multiply-accumulates of a kernel-stage node, padding included; 0 for what is not a sum of products. */
export function countMacs({ node, inputs, outputs }: NodeView): number {
  const size = (info: { shape: readonly number[] } | undefined) => (info ? numel(info.shape) : 0);
  switch (node.op) {
    case "vcgen.Conv": {
      const weights = inputs[1]!.shape;
      return size(outputs[0]) * (numel(weights) / weights[0]);
    }
    case "vcgen.ConvTranspose": {
      const weights = inputs[1]!.shape;
      return size(inputs[0]) * (numel(weights) / inputs[0]!.shape.at(-1)!);
    }
    case "vcgen.MatMul":
      return size(outputs[0]) * inputs[0]!.shape.at(-1)!;
    default:
      return 0;
  }
}
