import type { DType } from "../ir/dtype.js";
import type { Attributes } from "../ir/graph.js";
import type { Shape, Tensor } from "../ir/tensor.js";
import type { NodeView } from "./kernel.js";

/** Adds kernel-stage nodes in the place of the node being legalized. */
export interface LegalizeBuilder {
  /** Adds a node with one output of the given type and gives the output's name. */
  node(
    op: string,
    inputs: readonly string[],
    output: { dtype: DType; shape: Shape },
    attrs?: Attributes,
  ): string;
  /** The same with several outputs; "" for those that are undefined. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: readonly ({ dtype: DType; shape: Shape } | undefined)[],
    attrs?: Attributes,
  ): string[];
  constant(base: string, tensor: Tensor): string;
  /** Reports that the node can not be compiled; the legalizer then returns undefined. */
  refuse(message: string, hint?: string): undefined;
}

/**
 * Rewrites an operator of the `quantized` stage into kernel-stage operators: the names of the values
 * that take the place of its outputs, or undefined to keep the node as it is. Input names are in
 * `view.node.inputs`.
 */
export type Legalizer<A extends Attributes = Attributes> = (
  view: NodeView<A>,
  build: LegalizeBuilder,
) => readonly string[] | undefined;

/** Inserts a Transpose; the identity permutation inserts nothing. */
export function transpose(
  build: LegalizeBuilder,
  input: string,
  info: { dtype: DType; shape: Shape },
  perm: readonly number[],
): string {
  if (perm.every((axis, i) => axis === i)) return input;
  const shape = perm.map((axis) => info.shape[axis]);
  return build.node("Transpose", [input], { dtype: info.dtype, shape }, { perm });
}

/** Inserts a view of the same elements with another shape (`vcgen.View`: no code is emitted for it). */
export function view(
  build: LegalizeBuilder,
  input: string,
  info: { dtype: DType; shape: Shape },
  shape: Shape,
): string {
  if (shape.length === info.shape.length && shape.every((d, i) => d === info.shape[i])) return input;
  return build.node("vcgen.View", [input], { dtype: info.dtype, shape });
}

/** [N, C, ...spatial] -> [N, ...spatial, C], the kernels' layout. */
export const toChannelsLast = (rank: number): number[] => [0, ...range(2, rank), 1];

/** [N, ...spatial, C] -> [N, C, ...spatial], ONNX's layout. */
export const toChannelsFirst = (rank: number): number[] => [0, rank - 1, ...range(1, rank - 1)];

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
