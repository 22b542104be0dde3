import { broadcastShapes } from "../../ir/tensor.js";
import { defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo, requiredConstant } from "../operands.js";

/** ONNX Expand: broadcasting in both directions, so that a dimension of 1 in `shape` keeps the input's. */
const expand = defineOp({
  name: "Expand",
  opsets: [8, 28],
  attributes: {},
  inputs: [2, 2],
  infer(inputs) {
    const input = operand(inputs, 0, "input");
    const wanted = requiredConstant(inputs, 1, "shape");
    const shape = broadcastShapes(input.shape, wanted);
    if (!shape) throw new OpError(`cannot expand [${input.shape}] to [${wanted}]`);
    return [outputInfo(input.dtype, shape)];
  },
});

/** ONNX Tile. */
const tile = defineOp({
  name: "Tile",
  opsets: [6, 28],
  attributes: {},
  inputs: [2, 2],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "input");
    const repeats = requiredConstant(inputs, 1, "repeats");
    if (repeats.length !== shape.length || repeats.some((n) => n < 0)) {
      throw new OpError(`repeats [${repeats}] must be ${shape.length} numbers that are not negative`);
    }
    return [
      outputInfo(
        dtype,
        shape.map((d, i) => d * repeats[i]),
      ),
    ];
  },
});

export const ops: readonly OpDefinition[] = [expand, tile];
