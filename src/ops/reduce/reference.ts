import { type DType, isBigInt } from "../../ir/dtype.js";
import { type Tensor, zeros } from "../../ir/tensor.js";
import { exp } from "../../math/exp.js";
import { log } from "../../math/log.js";
import { sqrt } from "../../math/sqrt.js";
import { type Arithmetic, arithmeticOf, type Scalar } from "../elementwise/arithmetic.js";
import { elements } from "../indexing.js";
import { normalizeAxis, type Reference } from "../op.js";
import { eachGroup } from "./groups.js";
import type { ArgReduceAttributes, ReduceAttributes, ReduceKind } from "./kernel-op.js";
import { argReduceName, reduceName } from "./kernel-op.js";
import { highest, lowest } from "./limits.js";
import { type OnnxArgAttributes, type OnnxReduceAttributes, reducedAxes, reducedShape } from "./op.js";

/** For each output element in row-major order, the elements reduced to it: also in row-major order. */
function eachReduction(
  x: Tensor,
  axes: readonly number[],
  visit: (values: Scalar[], position: number) => void,
): void {
  const data = elements(x);
  eachGroup(x.shape, axes, (positions, group) => {
    visit(
      positions.map((p) => data[p]),
      group,
    );
  });
}

/** The formula of a kind: elements, summed from left to right, each operation rounded to the type. */
function formula(kind: ReduceKind | "LogSumExp", dtype: DType): (values: Scalar[]) => Scalar {
  const a = arithmeticOf(dtype);
  const of = (x: number): Scalar => (isBigInt(dtype) ? BigInt(x) : Math.fround(x));
  const float = (f: (x: number) => number) => f as unknown as (x: Scalar) => Scalar;
  const sum = (values: Scalar[]) => values.reduce((s, v) => a.add(s, v), of(0));
  const squares = (values: Scalar[]) => sum(values.map((v) => a.mul(v, v)));
  switch (kind) {
    case "Sum":
      return sum;
    case "Mean":
      return (values) => a.div(sum(values), of(values.length));
    case "Prod":
      return (values) => values.reduce((s, v) => a.mul(s, v), of(1));
    case "Max":
      return (values) => values.reduce((s, v) => a.max(s, v), lowest(dtype));
    case "Min":
      return (values) => values.reduce((s, v) => a.min(s, v), highest(dtype));
    case "L1":
      return (values) => sum(values.map((v) => a.abs(v)));
    case "L2":
      return (values) => float(sqrt)(squares(values));
    case "SumSquare":
      return squares;
    case "LogSum":
      return (values) => float(log)(sum(values));
    case "LogSumExp":
      return (values) => logSumExp(values as number[], a as unknown as Arithmetic<number>);
  }
}

/** ln(sum of e^(x - m)) + m, with m the largest x where that is finite, else 0. */
function logSumExp(values: readonly number[], a: Arithmetic<number>): number {
  const largest = values.reduce((m, v) => a.max(m, v), -Infinity);
  const m = Number.isFinite(largest) ? largest : 0;
  return a.add(log(values.reduce((s, v) => a.add(s, exp(a.sub(v, m))), 0)), m);
}

const reduceTo = (
  x: Tensor,
  axes: readonly number[],
  shape: readonly number[],
  f: (v: Scalar[]) => Scalar,
): Tensor => {
  const y = zeros(x.dtype, shape);
  const to = elements(y);
  eachReduction(x, axes, (values, position) => {
    to[position] = f(values);
  });
  return y;
};

const onnxReduce =
  (kind: ReduceKind | "LogSumExp"): Reference<OnnxReduceAttributes> =>
  (inputs, attrs) => {
    const x = inputs[0]!;
    const axes = reducedAxes(inputs, attrs);
    return [reduceTo(x, axes, reducedShape(x.shape, axes, attrs.keepdims), formula(kind, x.dtype))];
  };

/** The place of the largest or smallest element on an axis: the first of equal ones, or the last. */
function argReduce(
  x: Tensor,
  axis: number,
  kind: "Max" | "Min",
  last: boolean,
  shape: readonly number[],
): Tensor {
  const y = zeros("int64", shape);
  const to = elements(y);
  eachReduction(x, [axis], (values, position) => {
    const better = (a: Scalar, b: Scalar) => (kind === "Max" ? a > b : a < b);
    const best = values.reduce<number>((at, v, i) => {
      return better(v, values[at]) || (last && v === values[at]) ? i : at;
    }, 0);
    to[position] = BigInt(best);
  });
  return y;
}

const onnxArg =
  (kind: "Max" | "Min"): Reference<OnnxArgAttributes> =>
  ([x], attrs) => {
    const axis = normalizeAxis(attrs.axis, x!.shape.length);
    return [
      argReduce(x!, axis, kind, attrs.select_last_index, reducedShape(x!.shape, [axis], attrs.keepdims)),
    ];
  };

const kernelReduce: Reference<ReduceAttributes> = ([x], { kind, axes }) => [
  reduceTo(x!, axes, reducedShape(x!.shape, axes, true), formula(kind, x!.dtype)),
];

const kernelArgReduce: Reference<ArgReduceAttributes> = ([x], { kind, axis, last }) => [
  argReduce(x!, axis, kind, last, x!.shape.with(axis, 1)),
];

const kinds = ["Sum", "Mean", "Prod", "Max", "Min", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"] as const;

export const references = {
  ...Object.fromEntries(kinds.map((kind) => [`Reduce${kind}`, onnxReduce(kind)])),
  ArgMax: onnxArg("Max"),
  ArgMin: onnxArg("Min"),
  [reduceName]: kernelReduce,
  [argReduceName]: kernelArgReduce,
} as Record<string, unknown> as Record<string, Reference>;
