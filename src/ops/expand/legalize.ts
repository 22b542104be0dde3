import { addCopy, wholePiece } from "../copy/build.js";
import { type Legalizer, view as reshaped } from "../legalize.js";

/** Repeated axes are read with a step of 0. */
const expand: Legalizer = ({ node, inputs, outputs }, build) => {
  const [input, output] = [inputs[0]!, outputs[0]!];
  const lead = output.shape.length - input.shape.length;
  const shape = [...new Array<number>(lead).fill(1), ...input.shape];
  const name = reshaped(build, node.inputs[0], input, shape);
  const piece = {
    ...wholePiece(
      0,
      output.shape,
      output.shape.map(() => 0),
    ),
    step: shape.map((size, axis) => (size === 1 && output.shape[axis] !== 1 ? 0 : 1)),
  };
  return [addCopy(build, [{ name, shape }], output, [piece])];
};

/**
 * Tile to [r0 d0, r1 d1] is an Expand of [1, d0, 1, d1] to [r0, d0, r1, d1]; axes that are not repeated
 * stay as they are.
 */
const tile: Legalizer = ({ node, inputs, outputs }, build) => {
  const [input, output] = [inputs[0]!, outputs[0]!];
  const from: number[] = [];
  const to: number[] = [];
  input.shape.forEach((size, axis) => {
    const times = size === 0 ? 1 : output.shape[axis] / size;
    if (times !== 1) {
      from.push(1);
      to.push(times);
    }
    from.push(size);
    to.push(size);
  });
  const name = reshaped(build, node.inputs[0], input, from);
  const piece = {
    ...wholePiece(
      0,
      to,
      to.map(() => 0),
    ),
    step: from.map((size, axis) => (size === to[axis] ? 1 : 0)),
  };
  const tiled = { dtype: output.dtype, shape: to };
  return [reshaped(build, addCopy(build, [{ name, shape: from }], tiled, [piece]), tiled, output.shape)];
};

export const legalizers: Record<string, Legalizer> = { Expand: expand, Tile: tile };
