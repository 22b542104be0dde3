import { type Tensor, zeros } from "../../ir/tensor.js";
import { exp } from "../../math/exp.js";
import { log } from "../../math/log.js";
import { arithmeticOf } from "../elementwise/arithmetic.js";
import type { Reference } from "../op.js";
import { eachGroup } from "../reduce/groups.js";
import {
  type OnnxSoftmaxAttributes,
  type SoftmaxAttributes,
  type SoftmaxKind,
  softmaxAxes,
  softmaxName,
} from "./op.js";

const f = Math.fround;
const sum = (values: readonly number[]): number => values.reduce((s, v) => f(s + v), 0);

/** The largest; NaN if there is one. */
const { max } = arithmeticOf("float32") as unknown as { max(a: number, b: number): number };
const largest = (values: readonly number[]): number => values.reduce((m, v) => max(m, v), -Infinity);

/**
 * Each operation rounded to float32, sums from left to right, in ONNX Runtime's order: Softmax multiplies
 * by 1 / sum, LogSoftmax subtracts first the largest and then ln(sum).
 */
const formulas: Readonly<Record<SoftmaxKind, (values: readonly number[]) => number[]>> = {
  Softmax: (values) => {
    const m = largest(values);
    const powers = values.map((v) => exp(f(v - m)));
    const scale = f(1 / sum(powers));
    return powers.map((p) => f(p * scale));
  },
  LogSoftmax: (values) => {
    const m = largest(values);
    const logSum = log(sum(values.map((v) => exp(f(v - m)))));
    return values.map((v) => f(f(v - m) - logSum));
  },
  Hardmax: (values) => {
    const at = values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
    return values.map((_, i) => (i === at ? 1 : 0));
  },
};

function softmax(x: Tensor, kind: SoftmaxKind, axes: readonly number[]): Tensor {
  const y = zeros("float32", x.shape);
  eachGroup(x.shape, axes, (positions) => {
    const results = formulas[kind](positions.map((p) => Number(x.data[p])));
    positions.forEach((p, i) => {
      y.data[p] = results[i];
    });
  });
  return y;
}

const onnx =
  (kind: SoftmaxKind): Reference<OnnxSoftmaxAttributes> =>
  ([x], attrs) => [softmax(x!, kind, softmaxAxes(attrs, x!.shape.length))];

const kernelSoftmax: Reference<SoftmaxAttributes> = ([x], { kind, axes }) => [softmax(x!, kind, axes)];

export const references = {
  Softmax: onnx("Softmax"),
  LogSoftmax: onnx("LogSoftmax"),
  Hardmax: onnx("Hardmax"),
  [softmaxName]: kernelSoftmax,
} as Record<string, unknown> as Record<string, Reference>;
