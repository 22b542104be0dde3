import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { numel, type Shape } from "../../ir/tensor.js";
import { type Expression, expressionOf } from "../elementwise/expression.js";
import type { FunctionName } from "../elementwise/functions.js";
import { collapse, placeOf } from "../elementwise/loops.js";
import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import {
  type ArgReduceAttributes,
  argReduceName,
  type ReduceAttributes,
  type ReduceKind,
  reduceName,
} from "./kernel-op.js";
import { highest, lowest } from "./limits.js";

/** Functions applied to each element, between two of them, and to the result; and where it starts. */
interface Plan {
  readonly each?: FunctionName;
  readonly combine: FunctionName;
  readonly last?: FunctionName;
  readonly start?: (dtype: DType) => number | bigint;
}

const plans: Readonly<Record<ReduceKind, Plan>> = {
  Sum: { combine: "Add" },
  Mean: { combine: "Add", last: "Div" },
  Prod: { combine: "Mul", start: () => 1 },
  Max: { combine: "Max", start: lowest },
  Min: { combine: "Min", start: highest },
  L1: { each: "Abs", combine: "Add" },
  L2: { each: "Mul", combine: "Add", last: "Sqrt" },
  SumSquare: { each: "Mul", combine: "Add" },
  LogSum: { combine: "Add", last: "Log" },
};

const reduceKernel: Kernel = {
  name: "reduce",
  isa: "scalar",
  ops: [reduceName],
  accept(view) {
    const { dtype, shape } = view.inputs[0]!;
    if (dtype === "float64") return { refused: "float64 is not computed with at run time" };
    const { kind, axes } = view.attrs as ReduceAttributes;
    return {
      cost: 10 + 6 * numel(shape) + 10 * numel(view.outputs[0]!.shape),
      reason: `${kind} over axes ${axes.join(", ")}, from left to right`,
      lower: () => lowerReduce(view as NodeView<ReduceAttributes>),
    };
  },
};

const nothing: KernelCode = { template: "copy/nothing", values: {}, parameters: [] };

function lowerReduce({ attrs, inputs, outputs }: NodeView<ReduceAttributes>): KernelCode {
  const { dtype, shape } = inputs[0]!;
  const { kind, axes } = attrs;
  if (numel(outputs[0]!.shape) === 0) return nothing;
  const { each, combine, last, start } = plans[kind];
  const count = axes.reduce((n, axis) => n * shape[axis], 1);
  const step = (fn: FunctionName, ...args: string[]): Expression => expressionOf(fn, dtype, dtype, args);
  const term = each && (each === "Mul" ? step("Mul", "a", "a") : step(each, "a"));
  const value = last && (last === "Div" ? step("Div", "sum", literal(dtype, count)) : step(last, "sum"));

  const expressions = {
    term: term ?? step("Copy", "a"),
    combined: step(combine, "sum", "b"),
    result: value ?? step("Copy", "sum"),
  };
  const uses = [...new Set(Object.values(expressions).flatMap((e) => e.uses ?? []))];
  const y: KernelParameter = { kind: "output", name: "y", index: 0 };
  const values = {
    type: dtypeInfo[dtype].c,
    begin: literal(dtype, start?.(dtype) ?? 0),
    count: numel(outputs[0]!.shape),
    ...expressions,
  };
  if (count === 0) return { template: "reduce/empty", values, parameters: [y], uses };
  return {
    template: "reduce/reduce",
    values: { ...values, ...nest(shape, outputs[0]!.shape, axes) },
    parameters: [{ kind: "input", name: "x", index: 0 }, y],
    uses,
  };
}

/** Loops over the outputs, and in them over the elements reduced to each; places in x and y. */
function nest(shape: Shape, output: Shape, axes: readonly number[]) {
  const loops = collapse(shape, [output], axes);
  return {
    kept: loops.filter((loop) => !loop.reduced),
    reduced: loops.filter((loop) => loop.reduced),
    input: placeOf(loops, (loop) => loop.dense),
    output: placeOf(loops, (loop) => loop.operands[0]),
  };
}

const argReduceKernel: Kernel = {
  name: "arg-reduce",
  isa: "scalar",
  ops: [argReduceName],
  accept(view) {
    const { dtype, shape } = view.inputs[0]!;
    if (dtype === "float64") return { refused: "float64 is not computed with at run time" };
    const { kind, axis, last } = view.attrs as ArgReduceAttributes;
    const output = view.outputs[0]!.shape;
    return {
      cost: 10 + 6 * numel(shape) + 10 * numel(output),
      reason: `compares along axis ${axis}`,
      lower: () => {
        if (numel(output) === 0) return nothing;
        const { kept, reduced, input, output: place } = nest(shape, output, [axis]);
        const [loop] = reduced;
        const values = {
          type: dtypeInfo[dtype].c,
          kept,
          counter: loop?.counter ?? "",
          count: loop?.count ?? 1,
          first: input.filter(({ counter }) => counter !== loop?.counter),
          input,
          output: place,
          operator: `${kind === "Max" ? ">" : "<"}${last ? "=" : ""}`,
        };
        return {
          template: "reduce/arg-reduce",
          values,
          parameters: [
            ...(loop ? [{ kind: "input", name: "x", index: 0 } as const] : []),
            { kind: "output", name: "y", index: 0 },
          ],
        };
      },
    };
  },
};

export const kernels: Kernel[] = [reduceKernel, argReduceKernel];
