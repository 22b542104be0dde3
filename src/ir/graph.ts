import type { DType, TypedArray } from "./dtype.js";
import type { Shape, Tensor } from "./tensor.js";

/**
 * The stages a graph passes through. A pass is typed by the stage it takes and the stage it gives, so
 * that running it at the wrong point of the pipeline does not compile.
 *
 * - `onnx`       static shapes, newest operator forms, constants folded; operators as the model has them
 * - `quantized`  quantization made explicit in QLinear* operators, as ONNX Runtime would execute it;
 *                the reference runs on this graph
 * - `kernel`     layouts chosen, constants folded and fused: every node has a C kernel
 */
export type Stage = "onnx" | "quantized" | "kernel";

/** A tensor in the graph. `data` is present exactly for constants. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data?: TypedArray;
}

/** Attribute values are plain data; each operator's definition gives their TypeScript type. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface Node {
  /** Unique in the graph; the ONNX name where it has one. */
  readonly name: string;
  /** Key of an operator definition (see ops/op.ts), e.g. `Conv`, `QLinearConv`. */
  readonly op: string;
  /** Value names; "" stands for an optional input or output that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Attributes;
  /** ONNX nodes this one stands for, for diagnostics and comments in the generated C. */
  readonly origin: readonly string[];
}

/**
 * An input or output as the model's user knows it. Passes may give the value behind it another name,
 * and legalizing may let the C function hold it in another form: quantized, in another layout, or both
 * (quantize first, then permute the axes).
 */
export interface Port {
  /** The ONNX tensor's name, type and shape. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly quantize?: { readonly scale: number; readonly zeroPoint: number };
  /** C axis i is ONNX axis perm[i]. */
  readonly perm?: readonly number[];
}

/** Immutable; `nodes` are in topological order. */
export interface Graph<S extends Stage = Stage> {
  readonly stage: S;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly values: ReadonlyMap<string, Value>;
  readonly nodes: readonly Node[];
  /** What `inputs` and `outputs` are to the user, one for each; absent while both are the same. */
  readonly ports?: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
}

export function getValue(graph: Pick<Graph, "values">, name: string): Value {
  const value = graph.values.get(name);
  if (!value) throw new Error(`no value named "${name}"`);
  return value;
}

/** The constant behind a name, or undefined if it is absent or computed at run time. */
export function constantOf(graph: Pick<Graph, "values">, name: string | undefined): Tensor | undefined {
  const value = name ? graph.values.get(name) : undefined;
  return value?.data ? { dtype: value.dtype, shape: value.shape, data: value.data } : undefined;
}

/** For each value, the node that computes it. Inputs and constants have none. */
export function producers(graph: Pick<Graph, "nodes">): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) for (const out of node.outputs) if (out) map.set(out, node);
  return map;
}

/** For each value, the nodes that read it, once for each input that does. */
export function consumers(graph: Pick<Graph, "nodes">): Map<string, Node[]> {
  const map = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!input) continue;
      const list = map.get(input);
      if (list) list.push(node);
      else map.set(input, [node]);
    }
  }
  return map;
}

/** The graph's inputs and outputs as its user knows them. */
export function portsOf(graph: Graph): {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
} {
  const plain = (name: string): Port => {
    const { dtype, shape } = getValue(graph, name);
    return { name, dtype, shape };
  };
  return graph.ports ?? { inputs: graph.inputs.map(plain), outputs: graph.outputs.map(plain) };
}
