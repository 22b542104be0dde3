import { addCopy, operandsOf } from "../copy/build.js";
import type { Legalizer } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import { type SplitAttributes, sliceRanges } from "./op.js";

const slice: Legalizer = (view, build) => {
  const ranges = sliceRanges(view.inputs);
  const piece = {
    input: 0,
    count: ranges.map((r) => r.count),
    from: ranges.map((r) => r.start),
    step: ranges.map((r) => r.step),
    to: ranges.map(() => 0),
  };
  return [addCopy(build, operandsOf(view, 1), view.outputs[0]!, [piece])];
};

/** One copy for each part that is used. Parts along the outermost axis are contiguous: stretches of the input. */
const split: Legalizer<SplitAttributes> = (view, build) => {
  const { shape } = view.inputs[0]!;
  const axis = normalizeAxis(view.attrs.axis, shape.length);
  let begin = 0;
  return view.outputs.map((output, i) => {
    if (!output) return "";
    const zeros = shape.map(() => 0);
    const piece = {
      input: 0,
      count: output.shape,
      from: zeros.with(axis, begin),
      step: shape.map(() => 1),
      to: zeros,
    };
    begin += output.shape[axis];
    return view.node.outputs[i] ? addCopy(build, operandsOf(view, 1), output, [piece]) : "";
  });
};

export const legalizers: Record<string, Legalizer> = { Slice: slice, Split: split as Legalizer };
