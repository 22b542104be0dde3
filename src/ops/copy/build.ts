import { type Shape, sameShape } from "../../ir/tensor.js";
import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type CopyAttributes, copyName, type Piece } from "./op.js";

/** An operand of a `vcgen.Copy`: its value's name, and the axes it is seen with. */
export interface CopyOperand {
  readonly name: string;
  readonly shape: Shape;
}

/** The inputs of a node that are there, as operands; an index counts as in the node. */
export const operandsOf = ({ node, inputs }: NodeView, count = inputs.length): CopyOperand[] =>
  inputs.slice(0, count).map((info, i) => ({ name: node.inputs[i], shape: info!.shape }));

/** All of a tensor, placed in the output from `to` on. */
export const wholePiece = (input: number, shape: Shape, to: readonly number[]): Piece => ({
  input,
  count: shape,
  from: shape.map(() => 0),
  step: shape.map(() => 1),
  to,
});

/**
 * Adds a `vcgen.Copy` of the pieces and gives its output. Pieces that are empty or that a later one writes
 * over are dropped, and nothing is added where the output is an operand as it is. `fill` is the index of the operand with the fill value.
 */
export function addCopy(
  build: LegalizeBuilder,
  operands: readonly CopyOperand[],
  output: ValueInfo,
  pieces: readonly Piece[],
  fill?: number,
): string {
  const kept = pieces.filter(
    (piece, i) => !piece.count.includes(0) && !pieces.slice(i + 1).some((later) => covers(later, piece)),
  );
  const [only] = kept;
  if (kept.length === 1 && sameShape(only.count, output.shape)) {
    const straight = only.step.every((step, axis) => step === 1 || only.count[axis] === 1);
    if (straight && sameShape(operands[only.input].shape, output.shape)) return operands[only.input].name;
  }
  const attrs: CopyAttributes = {
    shape: output.shape,
    pieces: kept,
    ...(fill === undefined ? {} : { fill }),
  };
  return build.node(
    copyName,
    operands.map((operand) => operand.name),
    output,
    attrs,
  );
}

/** Whether the box that `piece` writes lies inside the one that `later` writes. */
const covers = (later: Piece, piece: Piece): boolean =>
  piece.to.every((to, axis) => {
    const begin = later.to[axis];
    return to >= begin && to + piece.count[axis] <= begin + later.count[axis];
  });
