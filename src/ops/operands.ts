import type { DType } from "../ir/dtype.js";
import { numel, type Shape, toNumbers } from "../ir/tensor.js";
import { OpError, type ValueInfo } from "./op.js";

/** Most elements a tensor may have: element offsets in generated C fit 32 bits. */
const maxElements = 2 ** 31;

/** The operand at `index`; throws `OpError` where it is left out. */
export function operand(inputs: readonly (ValueInfo | undefined)[], index: number, name: string): ValueInfo {
  const input = inputs[index];
  if (!input) throw new OpError(`input ${index} (${name}) is missing`);
  return input;
}

/**
 * The values of an operand that decides shapes or addresses and so must be constant; undefined where
 * it is left out. 64-bit values beyond 2^53 lose precision, which saturating uses allow.
 */
export function constantOperand(
  inputs: readonly (ValueInfo | undefined)[],
  index: number,
  name: string,
): number[] | undefined {
  const input = inputs[index];
  if (!input) return undefined;
  if (!input.data) {
    throw new OpError(
      `input ${index} (${name}) is computed at run time; it must be a constant`,
      `Make "${name}" an initializer, or fix the shapes it is computed from when exporting.`,
      "unsupported",
    );
  }
  return toNumbers({ ...input, data: input.data });
}

/** As `constantOperand`, for an operand that may not be left out. */
export function requiredConstant(
  inputs: readonly (ValueInfo | undefined)[],
  index: number,
  name: string,
): number[] {
  operand(inputs, index, name);
  return constantOperand(inputs, index, name)!;
}

/** A constant operand of one element. */
export function constantScalar(
  inputs: readonly (ValueInfo | undefined)[],
  index: number,
  name: string,
): number | undefined {
  const values = constantOperand(inputs, index, name);
  if (values && values.length !== 1) {
    throw new OpError(`input ${index} (${name}) has ${values.length} elements; expected 1`);
  }
  return values?.[0];
}

/** An output of this type and shape; throws `OpError` where the shape is negative or too large. */
export function outputInfo(dtype: DType, shape: Shape): ValueInfo {
  const text = `[${shape.join(",")}]`;
  if (shape.some((d) => !Number.isInteger(d) || d < 0)) {
    throw new OpError(`output shape ${text} has a dimension that is not a size`);
  }
  if (!shape.includes(0) && numel(shape) > maxElements) {
    throw new OpError(
      `output shape ${text} has more than ${maxElements} elements`,
      "Check the operands that decide the shape.",
      "unsupported",
    );
  }
  return { dtype, shape };
}

/** A constant int64 vector: the form in which newer opsets take what were attributes. */
export const int64Vector = (values: readonly number[]): ValueInfo => ({
  dtype: "int64",
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** Axes made non-negative; throws `OpError` where one is out of range or given twice. */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  const positive = axes.map((axis) => {
    const value = axis < 0 ? axis + rank : axis;
    if (!(value >= 0 && value < rank)) throw new OpError(`axis ${axis} is out of range for rank ${rank}`);
    return value;
  });
  if (new Set(positive).size !== axes.length) throw new OpError(`axes [${axes}] name an axis twice`);
  return positive;
}
