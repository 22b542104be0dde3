import type { Shape } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition, OpError, type RawNode, type ValueInfo } from "../op.js";
import {
  constantOperand,
  int64Vector,
  normalizeAxes,
  operand,
  outputInfo,
  requiredConstant,
} from "../operands.js";

const padModes = ["constant", "reflect", "edge", "wrap"] as const;
export type PadMode = (typeof padModes)[number];
export type PadAttributes = { readonly mode: PadMode };

/** Elements added before and after an axis; negative where elements are removed. */
export interface AxisPad {
  readonly begin: number;
  readonly end: number;
}

/** The pads of all axes; `pads` and `axes` must be constant. */
export function axisPads(inputs: readonly (ValueInfo | undefined)[]): AxisPad[] {
  const { shape } = operand(inputs, 0, "data");
  const pads = requiredConstant(inputs, 1, "pads");
  const axes = normalizeAxes(constantOperand(inputs, 3, "axes") ?? shape.map((_, i) => i), shape.length);
  if (pads.length !== 2 * axes.length) {
    throw new OpError(
      `pads [${pads}] has ${pads.length} numbers; expected 2 for each of ${axes.length} axes`,
    );
  }
  const result: AxisPad[] = shape.map(() => ({ begin: 0, end: 0 }));
  axes.forEach((axis, i) => {
    result[axis] = { begin: pads[i], end: pads[axes.length + i] };
  });
  return result;
}

export const paddedShape = (shape: Shape, pads: readonly AxisPad[]): number[] =>
  shape.map((size, axis) => size + pads[axis].begin + pads[axis].end);

/**
 * ONNX Pad. Negative pads remove elements before the others are added. Where a reflection or a
 * repetition is longer than the axis it goes on, back and forth or round and round.
 */
const pad = defineOp<PadAttributes>({
  name: "Pad",
  opsets: [2, 28],
  attributes: { mode: attr.string<PadMode>("constant", padModes) },
  inputs: [2, 4],
  infer(inputs, { mode }) {
    const { dtype, shape } = operand(inputs, 0, "data");
    const pads = axisPads(inputs);
    pads.forEach(({ begin, end }, axis) => {
      const kept = shape[axis] + Math.min(begin, 0) + Math.min(end, 0);
      if (kept < 0)
        throw new OpError(`pads (${begin}, ${end}) remove more than axis ${axis} of [${shape}] has`);
      if (mode !== "constant" && kept === 0 && (begin > 0 || end > 0)) {
        throw new OpError(`axis ${axis} of [${shape}] has no elements to pad from in mode "${mode}"`);
      }
    });
    const value = inputs[2];
    if (value && (value.dtype !== dtype || value.shape.some((d) => d !== 1))) {
      throw new OpError(`constant_value is ${value.dtype}[${value.shape}]; expected one ${dtype}`);
    }
    return [outputInfo(dtype, paddedShape(shape, pads))];
  },
  upgrade: (node, opset) => (opset < 11 ? padsToInputs(node) : node),
});

/** Before opset 11, `pads` and `value` were attributes; data was of a float type. */
function padsToInputs(node: RawNode): RawNode {
  const { pads, value, ...attributes } = node.attributes;
  const fill: ValueInfo = {
    dtype: "float32",
    shape: [],
    data: Float32Array.of(attr.float(0)(value, "value")),
  };
  return { inputs: [node.inputs[0], int64Vector(attr.ints()(pads, "pads")), fill], attributes };
}

export const ops: readonly OpDefinition[] = [pad];
