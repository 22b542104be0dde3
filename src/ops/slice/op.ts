import {
  attr,
  defineOp,
  normalizeAxis,
  type OpDefinition,
  OpError,
  type RawNode,
  type ValueInfo,
} from "../op.js";
import {
  constantOperand,
  int64Vector,
  normalizeAxes,
  operand,
  outputInfo,
  requiredConstant,
} from "../operands.js";

/** What a Slice reads of one axis: `count` elements from `start` in steps of `step`, which may be negative. */
export interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

type Inputs = readonly (ValueInfo | undefined)[];

/** The ranges of all axes of a Slice; `starts`, `ends`, `axes` and `steps` must be constant. */
export function sliceRanges(inputs: Inputs): AxisRange[] {
  const { shape } = operand(inputs, 0, "data");
  const starts = requiredConstant(inputs, 1, "starts");
  const ends = requiredConstant(inputs, 2, "ends");
  const axes = normalizeAxes(constantOperand(inputs, 3, "axes") ?? starts.map((_, i) => i), shape.length);
  const steps = constantOperand(inputs, 4, "steps") ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) {
    throw new OpError(
      `starts [${starts}], ends [${ends}], axes [${axes}] and steps [${steps}] differ in length`,
    );
  }
  const ranges = shape.map((count): AxisRange => ({ start: 0, step: 1, count }));
  axes.forEach((axis, i) => {
    ranges[axis] = axisRange(starts[i], ends[i], steps[i], shape[axis]);
  });
  return ranges;
}

/** Python's slice: negative positions count from the end, positions outside are clamped. */
function axisRange(start: number, end: number, step: number, size: number): AxisRange {
  if (step === 0) throw new OpError("a step of 0 is not allowed");
  const [last, before] = step > 0 ? [size, 0] : [size - 1, -1];
  const clamp = (position: number, low: number) =>
    Math.min(Math.max(position < 0 ? position + size : position, low), last);
  const from = clamp(start, 0);
  const count = Math.max(0, Math.ceil((clamp(end, before) - from) / step));
  return { start: count === 0 ? 0 : from, step: count > 1 ? step : 1, count };
}

/** ONNX Slice. */
const slice = defineOp({
  name: "Slice",
  opsets: [1, 28],
  attributes: {},
  inputs: [3, 5],
  infer: (inputs) => [
    outputInfo(
      operand(inputs, 0, "data").dtype,
      sliceRanges(inputs).map((r) => r.count),
    ),
  ],
  upgrade(node, opset) {
    if (opset >= 10) return node;
    const { starts, ends, axes, ...attributes } = node.attributes;
    const inputs = [
      node.inputs[0],
      int64Vector(attr.ints()(starts, "starts")),
      int64Vector(attr.ints()(ends, "ends")),
      ...(axes === undefined ? [] : [int64Vector(attr.ints()(axes, "axes"))]),
    ];
    return { inputs, attributes };
  },
});

export type SplitAttributes = { readonly axis: number; readonly num_outputs: number | undefined };

/** Lengths of the parts of a Split: its second input, or equal parts of which the last may be shorter. */
export function splitLengths(inputs: Inputs, attrs: SplitAttributes, outputs: number): readonly number[] {
  const { shape } = operand(inputs, 0, "input");
  const size = shape[normalizeAxis(attrs.axis, shape.length)];
  const lengths = constantOperand(inputs, 1, "split");
  if (lengths) {
    if (
      lengths.length !== outputs ||
      lengths.some((n) => n < 0) ||
      lengths.reduce((a, b) => a + b, 0) !== size
    ) {
      throw new OpError(`split [${lengths}] does not divide ${size} elements over ${outputs} outputs`);
    }
    return lengths;
  }
  const parts = attrs.num_outputs ?? outputs;
  if (parts < 1 || parts < outputs || parts > Math.max(size, outputs)) {
    throw new OpError(`cannot split ${size} elements into ${parts} parts for ${outputs} outputs`);
  }
  const length = Math.ceil(size / parts);
  return Array.from({ length: outputs }, (_, i) => Math.min(length, Math.max(0, size - i * length)));
}

/** ONNX Split. */
const split = defineOp<SplitAttributes>({
  name: "Split",
  opsets: [2, 28],
  attributes: { axis: attr.int(0), num_outputs: attr.optional(attr.int()) },
  inputs: [1, 2],
  outputs: [1, Number.POSITIVE_INFINITY],
  infer(inputs, attrs, outputs) {
    const { dtype, shape } = operand(inputs, 0, "input");
    const axis = normalizeAxis(attrs.axis, shape.length);
    return splitLengths(inputs, attrs, outputs).map((n) => outputInfo(dtype, shape.with(axis, n)));
  },
  upgrade: (node, opset) => (opset < 13 ? splitToInput(node) : node),
});

/** Before opset 13, `split` was an attribute. */
function splitToInput(node: RawNode): RawNode {
  const { split: lengths, ...attributes } = node.attributes;
  if (lengths === undefined) return node;
  return { inputs: [node.inputs[0], int64Vector(attr.ints()(lengths, "split"))], attributes };
}

export const ops: readonly OpDefinition[] = [slice, split];
