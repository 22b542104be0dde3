import { defineOp, type OpDefinition } from "../op.js";
import { operand } from "../operands.js";
import { movesElements } from "../shift.js";

/**
 * `vcgen.View`: the input's memory with another shape, which is the one its output value has. No code is
 * emitted for it.
 */
const view = defineOp({
  name: "vcgen.View",
  attributes: {},
  inputs: [1, 1],
  infer(inputs) {
    const { dtype, shape } = operand(inputs, 0, "x");
    return [{ dtype, shape }];
  },
  shiftToSigned: movesElements(0),
});

export const ops: readonly OpDefinition[] = [view];
