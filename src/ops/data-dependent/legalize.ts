import { numel } from "../../ir/tensor.js";
import { type Legalizer, view } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import { addTakeOfAxis } from "../take/build.js";
import { type CompressAttributes, keptPositions } from "./op.js";

/** A Compress with a constant condition picks positions. */
const compress: Legalizer<CompressAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const input = inputs[0]!;
  const shape = attrs.axis === undefined ? [numel(input.shape)] : input.shape;
  const axis = normalizeAxis(attrs.axis ?? 0, shape.length);
  const name = view(build, node.inputs[0], input, shape);
  return [addTakeOfAxis(build, { name, shape }, outputs[0]!, axis, keptPositions(inputs[1]!))];
};

export const legalizers: Record<string, Legalizer> = { Compress: compress as Legalizer };
