import { numel, type Tensor } from "../../ir/tensor.js";
import { attr, defineOp, normalizeAxis, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { unique } from "./unique.js";

/** An operand that decides the output's shape: its data must be known while compiling. */
function known(inputs: readonly (ValueInfo | undefined)[], index: number, name: string, op: string): Tensor {
  const info = operand(inputs, index, name);
  if (info.data) return { ...info, data: info.data };
  throw new OpError(
    `the output shape of ${op} depends on the values of input ${index} (${name}), which are computed at run time`,
    "All shapes are fixed in generated C: replace it by masks (Where, Mul) or by TopK with a constant k.",
    "unsupported",
  );
}

/** ONNX NonZero: [rank, count], the indices of the elements that are not 0, in row-major order. */
const nonZero = defineOp({
  name: "NonZero",
  opsets: [9, 28],
  attributes: {},
  inputs: [1, 1],
  infer(inputs) {
    const { shape, data } = known(inputs, 0, "X", "NonZero");
    const count = Array.from(data as ArrayLike<number | bigint>, Number).filter((v) => v !== 0).length;
    return [outputInfo("int64", [shape.length, count])];
  },
});

export type CompressAttributes = { readonly axis: number | undefined };

/** Positions that a Compress keeps. */
export const keptPositions = (condition: ValueInfo): number[] =>
  Array.from(condition.data as ArrayLike<number | bigint>, Number).flatMap((value, i) => (value ? [i] : []));

/** ONNX Compress: the slices along `axis`, or of the flattened input the elements, where `condition` holds. */
const compress = defineOp<CompressAttributes>({
  name: "Compress",
  opsets: [9, 28],
  attributes: { axis: attr.optional(attr.int()) },
  inputs: [2, 2],
  infer(inputs, attrs) {
    const input = operand(inputs, 0, "input");
    const kept = keptPositions(known(inputs, 1, "condition", "Compress"));
    const axis = attrs.axis === undefined ? undefined : normalizeAxis(attrs.axis, input.shape.length);
    const size = axis === undefined ? numel(input.shape) : input.shape[axis];
    const last = kept.at(-1);
    if (last !== undefined && last >= size) throw new OpError(`condition keeps element ${last} of ${size}`);
    const shape = axis === undefined ? [kept.length] : input.shape.with(axis, kept.length);
    return [outputInfo(input.dtype, shape)];
  },
});

export type UniqueAttributes = { readonly axis: number | undefined; readonly sorted: boolean };

/** ONNX Unique. */
const uniqueOp = defineOp<UniqueAttributes>({
  name: "Unique",
  opsets: [11, 28],
  attributes: { axis: attr.optional(attr.int()), sorted: attr.bool(true) },
  inputs: [1, 1],
  outputs: [1, 4],
  infer(inputs, attrs) {
    const x = known(inputs, 0, "X", "Unique");
    const axis = attrs.axis === undefined ? undefined : normalizeAxis(attrs.axis, x.shape.length);
    return unique(x, { axis, sorted: attrs.sorted });
  },
});

export const ops: readonly OpDefinition[] = [nonZero, compress, uniqueOp];
