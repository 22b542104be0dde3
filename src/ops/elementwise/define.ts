import type { DType } from "../../ir/dtype.js";
import type { Attributes } from "../../ir/graph.js";
import { broadcastShapes } from "../../ir/tensor.js";
import { defineOp, type OpDefinition, OpError, type RawNode } from "../op.js";
import { operand, outputInfo } from "../operands.js";

/** Newest opset whose elementwise operators are understood. */
export const newestOpset = 28;

interface Elementwise<A extends Attributes> {
  readonly name: string;
  /** Oldest opset with this form; left out for operators of another domain. */
  readonly since?: number;
  readonly inputs: number | readonly [number, number];
  /** Whether operand `index` may have a type. */
  accepts(dtype: DType, index: number): boolean;
  /** Operands that must have one type; all by default. */
  readonly alike?: readonly number[];
  readonly attributes?: OpDefinition<A>["attributes"];
  /** The output's type; that of the first input by default. */
  result?(types: readonly (DType | undefined)[], attrs: A): DType;
  upgrade?(node: RawNode, opset: number): RawNode;
}

/** Definition of an operator whose inputs broadcast to its only output. */
export function elementwise<A extends Attributes>(op: Elementwise<A>): OpDefinition<A> {
  const [least, most] = typeof op.inputs === "number" ? [op.inputs, op.inputs] : op.inputs;
  return defineOp<A>({
    name: op.name,
    ...(op.since === undefined ? {} : { opsets: [op.since, newestOpset] }),
    attributes: op.attributes ?? ({} as OpDefinition<A>["attributes"]),
    inputs: [least, most],
    infer(inputs, attrs) {
      for (let i = 0; i < least; i++) operand(inputs, i, "operand");
      const types = inputs.map((x) => x?.dtype);
      types.forEach((dtype, i) => {
        if (dtype && !op.accepts(dtype, i)) {
          throw new OpError(`input ${i} is ${dtype}, which is not supported`, undefined, "unsupported");
        }
      });
      const alike = (op.alike ?? [...inputs.keys()]).map((i) => types[i]).filter((t) => t !== undefined);
      if (alike.some((t) => t !== alike[0])) throw new OpError(`inputs have types ${alike.join(", ")}`);
      const shapes = inputs.filter((x) => x !== undefined).map((x) => x.shape);
      const shape = broadcastShapes(...shapes);
      if (!shape) throw new OpError(`shapes [${shapes.join("], [")}] do not broadcast`);
      return [outputInfo(op.result?.(types, attrs) ?? types[0]!, shape)];
    },
    ...(op.upgrade ? { upgrade: op.upgrade } : {}),
  });
}
