import { elements, rearrange } from "../indexing.js";
import type { Reference } from "../op.js";
import type { ReverseSequenceAttributes } from "./op.js";

/** Lengths out of range, which ONNX leaves undefined, count as the nearest that is in range. */
const reverseSequence: Reference<ReverseSequenceAttributes> = ([input, lengths], attrs) => {
  const { batch_axis: batch, time_axis: time } = attrs;
  const steps = input!.shape[time];
  return [
    rearrange(input!, input!.shape, (index) => {
      const length = Math.min(Math.max(Number(elements(lengths!)[index[batch]]), 0), steps);
      const step = index[time];
      return index.with(time, step < length ? length - 1 - step : step);
    }),
  ];
};

export const references: Record<string, Reference> = { ReverseSequence: reverseSequence as Reference };
