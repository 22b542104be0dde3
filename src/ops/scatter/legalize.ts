import { numel, stridesOf, toNumbers } from "../../ir/tensor.js";
import { addCopy, wholePiece } from "../copy/build.js";
import type { Piece } from "../copy/op.js";
import { type Legalizer, view } from "../legalize.js";
import type { ScatterNDAttributes } from "./op.js";

/** More runs than this stay with the kernel that looks indices up. */
const maxRuns = 8;

/**
 * With constant indices, a ScatterND that replaces is a copy of the data with runs of the updates written
 * over it: the write of a streaming state. Along the outermost axis it happens in place.
 */
const scatterND: Legalizer<ScatterNDAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [data, indices, updates, output] = [inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!];
  if (!indices.data || attrs.reduction !== "none" || numel(updates.shape) === 0) return undefined;
  const depth = indices.shape.at(-1)!;
  const inner = numel(data.shape.slice(depth));
  const strides = stridesOf(data.shape.slice(0, depth));
  const named = toNumbers({ ...indices, data: indices.data });
  const runs: { at: number; from: number; count: number }[] = [];
  for (let row = 0; row * depth < named.length; row++) {
    const at = strides.reduce((sum, stride, i) => {
      const index = named[row * depth + i];
      return sum + (index < 0 ? index + data.shape[i] : index) * stride;
    }, 0);
    const last = runs.at(-1);
    if (last && last.at + last.count === at) last.count++;
    else runs.push({ at, from: row, count: 1 });
    if (runs.length > maxRuns) return undefined;
  }
  const rows = named.length / depth;
  const shape = [numel(data.shape.slice(0, depth)), inner];
  const written = runs.map(
    ({ at, from, count }): Piece => ({
      input: 1,
      count: [count, inner],
      from: [from, 0],
      step: [1, 1],
      to: [at, 0],
    }),
  );
  const operands = [
    { name: view(build, node.inputs[0], data, shape), shape },
    { name: view(build, node.inputs[2], updates, [rows, inner]), shape: [rows, inner] },
  ];
  const flat = { dtype: output.dtype, shape };
  const result = addCopy(build, operands, flat, [wholePiece(0, shape, [0, 0]), ...written]);
  return [view(build, result, flat, output.shape)];
};

export const legalizers: Record<string, Legalizer> = { ScatterND: scatterND as Legalizer };
