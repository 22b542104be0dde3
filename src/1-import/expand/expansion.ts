import type { Attributes } from "../../ir/graph.js";
import type { Tensor } from "../../ir/tensor.js";
import { type AttributeReader, OpError, type ValueInfo } from "../../ops/op.js";
import { importNode } from "../import-node.js";
import { addConstant, type ImportState } from "../import-state.js";
import type { OnnxAttribute, OnnxNode } from "../model.js";

/**
 * An operator that other ONNX operators compute in its place: it is gone once the model is imported, and
 * needs no arithmetic of its own.
 */
export interface Expansion<A extends Attributes = Attributes> {
  /** ONNX operator name; `com.microsoft.X` in that domain. */
  readonly name: string;
  readonly opsets?: readonly [number, number];
  /** An attribute without which, or with 0 in it, the operator is imported as it is. */
  readonly onlyWith?: string | undefined;
  /** Any other attribute is refused. */
  readonly attributes: { readonly [K in keyof A]: AttributeReader<A[K]> };
  readonly inputs: readonly [number, number];
  readonly outputs?: readonly [number, number];
  /** The values that take the place of the outputs; "" for one that the node leaves out. Throws `OpError`. */
  expand(build: ExpansionBuilder, inputs: readonly string[], attrs: A, outputs: number): readonly string[];
}

/** Keeps the attribute type of an expansion while it is stored in a list of all of them. */
export const defineExpansion = <A extends Attributes>(expansion: Expansion<A>): Expansion =>
  expansion as unknown as Expansion;

/** An operator inside an expansion could not be imported, which has been reported. */
export class Reported extends Error {}

/** Opset of the operators that expansions are written in. */
const opsets = new Map([["", 28]]);

/** Adds ONNX operators of the newest opset in the place of a node. Values go by name; "" is one left out. */
export class ExpansionBuilder {
  readonly #state: ImportState;

  constructor(
    readonly node: OnnxNode,
    state: ImportState,
  ) {
    this.#state = { ...state, model: { ...state.model, opsets } };
  }

  /** Type and shape of a value, with its data where it is constant. */
  info(name: string): ValueInfo {
    const value = this.#state.values.get(name);
    if (!value) throw new OpError("one of its inputs is left out");
    return value;
  }

  shape(name: string): readonly number[] {
    return this.info(name).shape;
  }

  constant(value: Tensor): string {
    return addConstant(this.#state, `${this.node.outputs[0]}_constant`, value);
  }

  /** An operator with one output; `com.microsoft.X` is one of that domain. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.ops(op, inputs, 1, attributes)[0];
  }

  ops(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const opType = op.replace("com.microsoft.", "");
    const base = `${this.node.outputs.find((name) => name) ?? this.node.opType}_${opType}`;
    const given = inputs.slice(0, inputs.findLastIndex((name) => name !== "") + 1);
    const made: OnnxNode = {
      name: this.node.name,
      domain: op === opType ? "" : "com.microsoft",
      opType,
      inputs: given,
      outputs: Array.from({ length: outputs }, (_, i) => (outputs === 1 ? base : `${base}_${i}`)),
      attributes: new Map(Object.entries(attributes)),
      broken: false,
    };
    const results = importNode(made, given, this.#state);
    if (!results) throw new Reported();
    return results;
  }
}
