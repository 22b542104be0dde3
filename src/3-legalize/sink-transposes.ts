import { prune } from "../ir/editor.js";
import { type Graph, getValue, type Node, type Value } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { invertPermutation, permuteTensor } from "../ir/permute.js";
import { numel } from "../ir/tensor.js";
import { opRegistry } from "../ops/registry.js";

/**
 * Moves Transposes towards the outputs, through operators that do not mind the layout, until they meet
 * their inverse and vanish. What is left is at the model's edges, or where the layout really changes.
 *
 *   Conv -> T -> Relu -> T' -> Conv              Conv -> Relu -> Conv
 *   T(a), T(b) -> Add                            Add(a, b) -> T
 */
export const sinkTransposes: Pass<"kernel"> = {
  name: "sink-transposes",
  summary: "move transposes down and cancel inverse pairs",
  run: (graph) => {
    const sinker = new Sinker(graph);
    for (const node of graph.nodes) sinker.visit(node);
    return sinker.finish();
  },
};

class Sinker {
  readonly #values: Map<string, Value>;
  readonly #nodes: Node[] = [];
  readonly #renamed = new Map<string, string>();
  /** Transposes among the new nodes, by the value they give. */
  readonly #transposes = new Map<string, { source: string; perm: readonly number[]; node: Node }>();
  #count = 0;

  constructor(readonly graph: Graph<"kernel">) {
    this.#values = new Map(graph.values);
  }

  visit(original: Node): void {
    const node = { ...original, inputs: original.inputs.map((name) => this.#renamed.get(name) ?? name) };
    if (node.op === "Transpose") this.#transpose(node);
    else if (!this.#sink(node)) this.#nodes.push(node);
  }

  finish(): Graph<"kernel"> {
    const outputs = this.graph.outputs.map((name) => this.#renamed.get(name) ?? name);
    return prune({ ...this.graph, outputs, values: this.#values, nodes: this.#nodes });
  }

  /** T(T(u, p), q) is one Transpose, or none. */
  #transpose(node: Node): void {
    const inner = this.#transposes.get(node.inputs[0]);
    const own = node.attrs.perm as readonly number[];
    const perm = inner ? own.map((axis) => inner.perm[axis]) : own;
    const source = inner ? inner.source : node.inputs[0];
    if (perm.every((axis, i) => axis === i)) {
      this.#renamed.set(node.outputs[0], source);
      return;
    }
    const merged: Node = { ...node, inputs: [source], attrs: { perm } };
    this.#nodes.push(merged);
    this.#transposes.set(node.outputs[0], { source, perm, node: merged });
  }

  /** op(T(a), T(b), constant) -> T(op(a, b, constant')), where that leaves no more Transposes than before. */
  #sink(node: Node): boolean {
    const permute = opRegistry.get(node.op)?.permute;
    if (!permute || node.outputs.length !== 1) return false;
    const output = this.#value(node.outputs[0]);
    const operands = node.inputs.map((name) => (name ? this.#value(name) : undefined));
    const perm = this.#commonPermutation(node.inputs, output.shape.length);
    if (!perm) return false;
    const attrs = permute(node.attrs, perm, operands);
    if (!attrs) return false;
    const inverse = invertPermutation(perm);
    const inputs = node.inputs.map((name) => (name ? this.#untransposed(name, perm, inverse, node) : name));
    const shape = inverse.map((axis) => output.shape[axis]);
    const result = this.#fresh(`${output.name}.nwc`, { dtype: output.dtype, shape });
    this.#nodes.push({ ...node, inputs, outputs: [result], attrs });
    this.#transpose({
      name: `${node.name}.transpose`,
      op: "Transpose",
      inputs: [result],
      outputs: [output.name],
      attrs: { perm },
      origin: node.origin,
    });
    return true;
  }

  /** The permutation to sink through a node, if more of its operands are transposed by it than are not. */
  #commonPermutation(inputs: readonly string[], rank: number): readonly number[] | undefined {
    const operands = inputs.filter(
      (name) => name && !this.#value(name).data && numel(this.#value(name).shape) > 1,
    );
    const perms = operands.map((name) => this.#transposes.get(name)?.perm);
    const perm = perms.find((p) => p?.length === rank);
    if (!perm) return undefined;
    const size = (name: string) => numel(this.#value(name).shape);
    let [removed, added] = [0, 0];
    operands.forEach((name, i) => {
      const same = perms[i]?.every((axis, k) => axis === perm[k]) && perms[i]?.length === rank;
      if (same) removed += size(name);
      else added += size(name);
    });
    return removed > added ? perm : undefined;
  }

  /** The operand u with name = T(u, perm): what was transposed, a permuted constant, or a new inverse Transpose. */
  #untransposed(name: string, perm: readonly number[], inverse: readonly number[], node: Node): string {
    const known = this.#transposes.get(name);
    if (known && known.perm.length === perm.length && known.perm.every((axis, i) => axis === perm[i])) {
      return known.source;
    }
    const value = this.#value(name);
    if (numel(value.shape) === 1) return name;
    const full = [...new Array<number>(perm.length - value.shape.length).fill(1), ...value.shape];
    if (value.data) {
      const moved = permuteTensor({ dtype: value.dtype, shape: full, data: value.data }, inverse);
      return this.#fresh(`${name}.nwc`, moved);
    }
    let source = name;
    if (full.length !== value.shape.length) {
      source = this.#fresh(`${name}.view`, { dtype: value.dtype, shape: full });
      this.#push("vcgen.View", name, source, {}, node);
    }
    const shape = inverse.map((axis) => full[axis]);
    const result = this.#fresh(`${name}.nwc`, { dtype: value.dtype, shape });
    this.#push("Transpose", source, result, { perm: inverse }, node);
    return result;
  }

  #push(op: string, input: string, output: string, attrs: Node["attrs"], near: Node): void {
    this.#nodes.push({
      name: `${near.name}.${op}.${this.#count++}`,
      op,
      inputs: [input],
      outputs: [output],
      attrs,
      origin: near.origin,
    });
  }

  #value(name: string): Value {
    return getValue({ values: this.#values }, name);
  }

  #fresh(base: string, value: Omit<Value, "name">): string {
    let name = base;
    while (this.#values.has(name)) name = `${base}${this.#count++}`;
    this.#values.set(name, { ...value, name });
    return name;
  }
}
