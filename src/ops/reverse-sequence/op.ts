import { attr, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

export type ReverseSequenceAttributes = { readonly batch_axis: number; readonly time_axis: number };

/** ONNX ReverseSequence: of every sequence in the batch, the first `sequence_lens` steps are reversed. */
const reverseSequence = defineOp<ReverseSequenceAttributes>({
  name: "ReverseSequence",
  opsets: [10, 28],
  attributes: { batch_axis: attr.int(1), time_axis: attr.int(0) },
  inputs: [2, 2],
  infer(inputs, { batch_axis: batch, time_axis: time }) {
    const [input, lengths] = [operand(inputs, 0, "input"), operand(inputs, 1, "sequence_lens")];
    if (
      input.shape.length < 2 ||
      ![batch, time].every((axis) => axis === 0 || axis === 1) ||
      batch === time
    ) {
      throw new OpError(
        `batch_axis ${batch} and time_axis ${time} of [${input.shape}] must be 0 and 1 or 1 and 0`,
      );
    }
    if (lengths.dtype !== "int64" || lengths.shape.length !== 1 || lengths.shape[0] !== input.shape[batch]) {
      throw new OpError(
        `sequence_lens is ${lengths.dtype}[${lengths.shape}]; expected int64[${input.shape[batch]}]`,
      );
    }
    return [outputInfo(input.dtype, input.shape)];
  },
  shiftToSigned: movesElements(0),
});

export const ops: readonly OpDefinition[] = [reverseSequence];
