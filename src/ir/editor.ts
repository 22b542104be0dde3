import type { DType } from "./dtype.js";
import {
  type Attributes,
  type Graph,
  getValue,
  type Node,
  portsOf,
  type Stage,
  type Value,
} from "./graph.js";
import type { Shape, Tensor } from "./tensor.js";

/**
 * Helps a pass build its result: starts from a graph, collects changes, and gives a new graph with
 * nodes in topological order and nothing that is no longer used.
 */
export class GraphEditor<S extends Stage> {
  readonly #graph: Graph<S>;
  readonly #values: Map<string, Value>;
  readonly #nodes: Node[];
  readonly #renamed = new Map<string, string>();
  readonly #removed = new Set<Node>();
  readonly #nodeNames = new Set<string>();
  #changed = false;

  constructor(graph: Graph<S>) {
    this.#graph = graph;
    this.#values = new Map(graph.values);
    this.#nodes = [...graph.nodes];
    for (const node of graph.nodes) this.#nodeNames.add(node.name);
  }

  value(name: string): Value {
    return getValue({ values: this.#values }, name);
  }

  /** A fresh value name that starts with `base`. */
  addValue(base: string, dtype: DType, shape: Shape): string {
    const name = unique(base, (n) => this.#values.has(n));
    this.#values.set(name, { name, dtype, shape });
    return name;
  }

  addConstant(base: string, tensor: Tensor): string {
    const name = unique(base, (n) => this.#values.has(n));
    this.#values.set(name, { name, dtype: tensor.dtype, shape: tensor.shape, data: tensor.data });
    return name;
  }

  /** Changes what a value is; every user sees it. */
  setValue(name: string, change: Partial<Omit<Value, "name">>): void {
    this.#values.set(name, { ...this.value(name), ...change });
    this.#changed = true;
  }

  addNode(node: {
    name: string;
    op: string;
    inputs: readonly string[];
    outputs: readonly string[];
    attrs?: Attributes;
    origin: readonly string[];
  }): Node {
    const name = unique(node.name, (n) => this.#nodeNames.has(n));
    this.#nodeNames.add(name);
    const added: Node = { ...node, name, attrs: node.attrs ?? {} };
    this.#nodes.push(added);
    this.#changed = true;
    return added;
  }

  remove(node: Node): void {
    this.#removed.add(node);
    this.#changed = true;
  }

  /** Puts nodes in the place of one; their outputs together must define what the old one's did. */
  replace(old: Node, ...nodes: Parameters<GraphEditor<S>["addNode"]>[0][]): Node[] {
    this.remove(old);
    this.#nodeNames.delete(old.name);
    return nodes.map((node) => this.addNode(node));
  }

  /** From now on every use of `from` reads `to`, graph outputs too. */
  rename(from: string, to: string): void {
    this.#renamed.set(from, to);
    this.#changed = true;
  }

  /** The graph with all changes, or the one started from if there were none. `outputs` replaces the graph's. */
  finish(outputs: readonly string[] = this.#graph.outputs): Graph<S> {
    if (!this.#changed) return this.#graph;
    const ports = portsOf(this.#graph);
    const resolve = (name: string): string => {
      let current = name;
      for (let next = this.#renamed.get(current); next !== undefined; next = this.#renamed.get(current))
        current = next;
      return current;
    };
    const nodes = this.#nodes
      .filter((node) => !this.#removed.has(node))
      .map((node) =>
        node.inputs.some((name) => this.#renamed.has(name))
          ? { ...node, inputs: node.inputs.map(resolve) }
          : node,
      );
    return prune({ ...this.#graph, ports, outputs: outputs.map(resolve), values: this.#values, nodes });
  }
}

/**
 * Removes nodes and values that no output depends on and sorts the rest topologically, keeping the
 * given order where it can.
 */
export function prune<S extends Stage>(graph: Graph<S>): Graph<S> {
  const producer = new Map<string, Node>();
  for (const node of graph.nodes) for (const out of node.outputs) if (out) producer.set(out, node);
  const needed = new Set<Node>();
  const pending = [...graph.outputs];
  const used = new Set<string>([...graph.inputs, ...graph.outputs]);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producer.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    for (const output of node.outputs) if (output) used.add(output);
    for (const input of node.inputs) {
      if (!input) continue;
      used.add(input);
      pending.push(input);
    }
  }
  const nodes = topologicalOrder(
    graph.nodes.filter((node) => needed.has(node)),
    producer,
  );
  const values = new Map([...graph.values].filter(([name]) => used.has(name)));
  return { ...graph, nodes, values };
}

/** Depth-first order that keeps nodes that are already in order where they are. Iterative: graphs can be deep. */
function topologicalOrder(nodes: readonly Node[], producer: ReadonlyMap<string, Node>): Node[] {
  const done = new Set<Node>();
  const order: Node[] = [];
  for (const root of nodes) {
    const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (done.has(top.node)) {
        stack.pop();
        continue;
      }
      const input = top.node.inputs[top.next++];
      if (input === undefined) {
        done.add(top.node);
        order.push(top.node);
        stack.pop();
        continue;
      }
      const from = input ? producer.get(input) : undefined;
      if (from && !done.has(from)) stack.push({ node: from, next: 0 });
    }
  }
  return order;
}

function unique(base: string, taken: (name: string) => boolean): string {
  if (!taken(base)) return base;
  for (let i = 2; ; i++) {
    const name = `${base}_${i}`;
    if (!taken(name)) return name;
  }
}
