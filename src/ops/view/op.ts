import type { Node } from "../../ir/graph.js";
import type { Shape } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition } from "../op.js";
import { operand } from "../operands.js";
import { movesElements } from "../shift.js";

/** Attributes of `vcgen.View`. */
export type ViewAttributes = {
  /** Elements of the input before the view's first. */
  readonly offset: number;
};

/**
 * `vcgen.View`: a stretch of the input's memory with another shape, which is the one its output value has.
 * No code is emitted for it.
 */
const view = defineOp<ViewAttributes>({
  name: "vcgen.View",
  attributes: { offset: attr.int(0) },
  inputs: [1, 1],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "x");
    return [{ dtype, shape }];
  },
  shiftToSigned: movesElements(0),
});

/** Attributes of `vcgen.Join`. */
export type JoinAttributes = {
  readonly shape: Shape;
  /** Elements of the output before each input's first. */
  readonly offsets: readonly number[];
};

export const joinName = "vcgen.Join";

/**
 * `vcgen.Join`: the memory that its inputs are computed in, side by side. Each input is computed by a
 * kernel of its own and is part of no other Join. No code is emitted for it.
 */
const join = defineOp<JoinAttributes>({
  name: joinName,
  attributes: { shape: (value) => value as Shape, offsets: attr.ints() },
  inputs: [1, Number.POSITIVE_INFINITY],
  infer: (inputs, { shape }) => [{ dtype: operand(inputs, 0, "x").dtype, shape }],
});

/** Whether a node only says where its output lies. */
export const isView = (node: Pick<Node, "op">): boolean => node.op === "vcgen.View" || node.op === joinName;

/** Elements before the first of a `vcgen.View`. */
export const viewOffset = (node: Pick<Node, "attrs">): number =>
  (node.attrs as Partial<ViewAttributes>).offset ?? 0;

export const ops = [view, join] as readonly unknown[] as readonly OpDefinition[];
