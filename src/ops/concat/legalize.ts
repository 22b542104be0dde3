import { addCopy, operandsOf, wholePiece } from "../copy/build.js";
import type { Legalizer } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import type { ConcatAttributes } from "./op.js";

/** Along the outermost axis every piece is one run: an input could be computed in its place. */
const concat: Legalizer<ConcatAttributes> = (view, build) => {
  const output = view.outputs[0]!;
  const axis = normalizeAxis(view.attrs.axis, output.shape.length);
  let begin = 0;
  const pieces = view.inputs.map((input, i) => {
    const piece = wholePiece(i, input!.shape, output.shape.map(() => 0).with(axis, begin));
    begin += input!.shape[axis];
    return piece;
  });
  return [addCopy(build, operandsOf(view), output, pieces)];
};

export const legalizers: Record<string, Legalizer> = { Concat: concat as Legalizer };
