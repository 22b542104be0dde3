import { invertPermutation } from "../../ir/permute.js";
import type { Shape } from "../../ir/tensor.js";
import { defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

/**
 * A box of the output and where its elements come from: output index `to + i` is input index
 * `from + i * step`, for every `i` from 0 to below `count`. One number for each axis in every list.
 */
export interface Piece {
  /** Index of the input it is read from, which has as many axes as the output. */
  readonly input: number;
  readonly count: readonly number[];
  readonly from: readonly number[];
  /** Input elements from one output element to the next: 0 repeats an element, negative runs backwards. */
  readonly step: readonly number[];
  readonly to: readonly number[];
}

/**
 * Attributes of `vcgen.Copy`: Slice, Split, Concat, Pad, Expand and Tile in one. Later pieces overwrite
 * earlier ones.
 */
export type CopyAttributes = {
  readonly shape: Shape;
  readonly pieces: readonly Piece[];
  /** Index of the one-element input that fills what no piece covers; undefined where they cover everything. */
  readonly fill?: number;
  /** The output holds uint8 elements less 128, but the fill value does not. */
  readonly shiftFill?: boolean;
};

export const copyName = "vcgen.Copy";

const reader = <T>(value: unknown, name: string): T => {
  if (value === undefined) throw new OpError(`attribute "${name}" is missing`);
  return value as T;
};

export const copy = defineOp<CopyAttributes>({
  name: copyName,
  attributes: {
    shape: reader,
    pieces: reader,
    fill: (value) => value as number | undefined,
    shiftFill: (value) => value as boolean | undefined,
  },
  inputs: [1, Number.POSITIVE_INFINITY],
  infer(inputs, { shape, pieces, fill }) {
    for (const piece of pieces) {
      const from = operand(inputs, piece.input, "data").shape;
      piece.count.forEach((count, axis) => {
        const last = piece.from[axis] + (count - 1) * piece.step[axis];
        const inside = (i: number) => i >= 0 && i < from[axis];
        if (!inside(piece.from[axis]) || !inside(last) || piece.to[axis] + count > shape[axis]) {
          throw new OpError(`${copyName} reads [${from}] or writes [${shape}] outside axis ${axis}`);
        }
      });
    }
    return [outputInfo(operand(inputs, fill ?? pieces[0]?.input ?? 0, "data").dtype, shape)];
  },
  permute(attrs, perm) {
    const inverse = invertPermutation(perm);
    const move = (list: readonly number[]) => inverse.map((axis) => list[axis]);
    return {
      ...attrs,
      shape: move(attrs.shape),
      pieces: attrs.pieces.map((piece) => ({
        input: piece.input,
        count: move(piece.count),
        from: move(piece.from),
        step: move(piece.step),
        to: move(piece.to),
      })),
    };
  },
  shiftToSigned(attrs, shifted) {
    const moved = movesElements(...attrs.pieces.map((piece) => piece.input))(attrs, shifted);
    const { fill } = attrs;
    if (!moved || fill === undefined || shifted.inputs[fill] === shifted.outputs[0]) return moved;
    return shifted.outputs[0] ? { ...attrs, shiftFill: true } : undefined;
  },
});

/** `vcgen.Duplicate`: the input's elements in memory of their own. */
const duplicate = defineOp({
  name: "vcgen.Duplicate",
  attributes: {},
  inputs: [1, 1],
  infer: (inputs) => {
    const { dtype, shape } = operand(inputs, 0, "x");
    return [{ dtype, shape }];
  },
  permute: (attrs) => attrs,
  shiftToSigned: movesElements(0),
});

export const ops: readonly OpDefinition[] = [copy, duplicate];
