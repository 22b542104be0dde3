import { numel, type Tensor, tensor } from "../../ir/tensor.js";
import type { Reference } from "../op.js";

function shape(inputs: readonly (Tensor | undefined)[], attrs: { start: number; end?: number }): Tensor[] {
  const dims = inputs[0]!.shape;
  const clamp = (index: number) =>
    Math.min(Math.max(index < 0 ? index + dims.length : index, 0), dims.length);
  const picked = dims.filter((_, i) => i >= clamp(attrs.start) && i < clamp(attrs.end ?? dims.length));
  return [tensor("int64", [picked.length], picked)];
}

export const references: Record<string, Reference> = {
  Shape: shape as unknown as Reference,
  Size: (inputs) => [tensor("int64", [], [numel(inputs[0]!.shape)])],
};
