import type { DType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import { newestOpset } from "../elementwise/define.js";
import { isFloat32, isNumeric } from "../elementwise/functions.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { constantOperand, int64Vector, normalizeAxes, operand } from "../operands.js";
import { argReduce, reduce } from "./kernel-op.js";

export type OnnxReduceAttributes = {
  readonly keepdims: boolean;
  /** With no axes given: reduce none, instead of all. */
  readonly noop_with_empty_axes: boolean;
};

export type OnnxArgAttributes = {
  readonly axis: number;
  readonly keepdims: boolean;
  readonly select_last_index: boolean;
};

/** The axes that a Reduce operator reduces, ascending. */
export function reducedAxes(
  inputs: readonly (ValueInfo | undefined)[],
  attrs: OnnxReduceAttributes,
): readonly number[] {
  const rank = operand(inputs, 0, "data").shape.length;
  const axes = constantOperand(inputs, 1, "axes") ?? [];
  if (axes.length > 0) return normalizeAxes(axes, rank).sort((a, b) => a - b);
  return attrs.noop_with_empty_axes ? [] : Array.from({ length: rank }, (_, i) => i);
}

/** A shape without its reduced axes, or with 1 in their place. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepdims: boolean): number[] =>
  keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));

const orBool = (dtype: DType): boolean => isNumeric(dtype) || dtype === "bool";

/** Reduce operators: an input, and axes as an optional second one (an attribute before opset 13 or 18). */
const reduction = (name: string, accepts: (dtype: DType) => boolean) =>
  defineOp<OnnxReduceAttributes>({
    name,
    opsets: [1, newestOpset],
    attributes: { keepdims: attr.bool(true), noop_with_empty_axes: attr.bool(false) },
    inputs: [1, 2],
    infer(inputs, attrs) {
      const { dtype, shape } = operand(inputs, 0, "data");
      if (!accepts(dtype))
        throw new OpError(`data is ${dtype}, which is not supported`, undefined, "unsupported");
      return [{ dtype, shape: reducedShape(shape, reducedAxes(inputs, attrs), attrs.keepdims) }];
    },
    upgrade(node) {
      const { axes, ...attributes } = node.attributes;
      if (axes === undefined) return node;
      return { inputs: [node.inputs[0], int64Vector(axes as number[])], attributes };
    },
  });

const argReduction = (name: string) =>
  defineOp<OnnxArgAttributes>({
    name,
    opsets: [1, newestOpset],
    attributes: {
      axis: attr.int(0),
      keepdims: attr.bool(true),
      select_last_index: attr.bool(false),
    },
    inputs: [1, 1],
    infer(inputs, { axis, keepdims }) {
      const { dtype, shape } = operand(inputs, 0, "data");
      if (!isNumeric(dtype))
        throw new OpError(`data is ${dtype}, which is not supported`, undefined, "unsupported");
      const at = normalizeAxis(axis, shape.length);
      if (shape[at] === 0) throw new OpError(`axis ${axis} of [${shape}] is empty`);
      return [{ dtype: "int64", shape: reducedShape(shape, [at], keepdims) }];
    },
  });

export const ops = [
  ...["ReduceSum", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceSumSquare"].map((name) =>
    reduction(name, isNumeric),
  ),
  ...["ReduceMax", "ReduceMin"].map((name) => reduction(name, orBool)),
  ...["ReduceL2", "ReduceLogSum", "ReduceLogSumExp"].map((name) => reduction(name, isFloat32)),
  argReduction("ArgMax"),
  argReduction("ArgMin"),
  reduce,
  argReduce,
] as readonly unknown[] as readonly OpDefinition[];
