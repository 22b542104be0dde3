import { toNumbers } from "../../ir/tensor.js";
import { type Legalizer, view } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import { addTakeOfAxis } from "../take/build.js";
import type { GatherAttributes } from "./op.js";

/** With constant indices, a copy or a look-up of positions; with others it stays. */
const gather: Legalizer<GatherAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [data, indices, output] = [inputs[0]!, inputs[1]!, outputs[0]!];
  if (!indices.data) return undefined;
  const axis = normalizeAxis(attrs.axis, data.shape.length);
  const size = data.shape[axis];
  const positions = toNumbers({ ...indices, data: indices.data }).map((i) => (i < 0 ? i + size : i));
  const picked = { dtype: data.dtype, shape: data.shape.with(axis, positions.length) };
  const name = addTakeOfAxis(build, { name: node.inputs[0], shape: data.shape }, picked, axis, positions);
  return [view(build, name, picked, output.shape)];
};

export const legalizers: Record<string, Legalizer> = { Gather: gather as Legalizer };
