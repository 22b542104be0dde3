import { newestOpset } from "../elementwise/define.js";
import { isFloat32 } from "../elementwise/functions.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError } from "../op.js";
import { operand } from "../operands.js";
import { permuteAxes } from "../reduce/kernel-op.js";

export type OnnxSoftmaxAttributes = {
  readonly axis: number;
  /** Before opset 13: `axis` and all after it count as one. */
  readonly flatten: boolean;
};

/** Softmax e^x / sum(e^x); LogSoftmax its logarithm; Hardmax 1 at the first of the largest, else 0. */
export type SoftmaxKind = "Softmax" | "LogSoftmax" | "Hardmax";

export type SoftmaxAttributes = {
  readonly kind: SoftmaxKind;
  /** Ascending, not negative: the elements along them belong together. */
  readonly axes: readonly number[];
};

export const softmaxName = "vcgen.Softmax";

/** The axes whose elements belong together. */
export function softmaxAxes({ axis, flatten }: OnnxSoftmaxAttributes, rank: number): number[] {
  const first = normalizeAxis(axis, rank);
  return flatten ? Array.from({ length: rank - first }, (_, i) => first + i) : [first];
}

const definition = (name: SoftmaxKind) =>
  defineOp<OnnxSoftmaxAttributes>({
    name,
    opsets: [1, newestOpset],
    attributes: { axis: attr.int(-1), flatten: attr.bool(false) },
    inputs: [1, 1],
    infer(inputs, attrs) {
      const { dtype, shape } = operand(inputs, 0, "input");
      if (!isFloat32(dtype))
        throw new OpError(`input is ${dtype}; expected float32`, undefined, "unsupported");
      softmaxAxes(attrs, shape.length);
      return [{ dtype, shape }];
    },
    upgrade({ inputs, attributes }, opset) {
      if (opset >= 13) return { inputs, attributes };
      return { inputs, attributes: { ...attributes, axis: attributes.axis ?? 1, flatten: 1 } };
    },
  });

const kernelSoftmax = defineOp<SoftmaxAttributes>({
  name: softmaxName,
  attributes: { kind: attr.string<SoftmaxKind>(), axes: attr.ints() },
  inputs: [1, 1],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "x");
    return [{ dtype, shape }];
  },
  permute(attrs, perm) {
    const axes = permuteAxes(attrs.axes, perm);
    return axes && { ...attrs, axes };
  },
});

export const ops = [
  definition("Softmax"),
  definition("LogSoftmax"),
  definition("Hardmax"),
  kernelSoftmax,
] as readonly unknown[] as readonly OpDefinition[];
