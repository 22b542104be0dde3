import { quantize } from "../../../src/2-quantize/index.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import type { DType } from "../../../src/ir/dtype.js";
import type { Attributes, Graph, Node, Value } from "../../../src/ir/graph.js";
import type { Pass } from "../../../src/ir/pass.js";
import { numel, type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { verifyGraph } from "../../../src/ir/verify.js";
import { opRegistry } from "../../../src/ops/registry.js";
import { evaluate } from "../../../src/reference/evaluate.js";

/** Builds a graph of the `onnx` stage; types and shapes are inferred as the importer does. */
export class GraphBuilder {
  readonly #values = new Map<string, Value>();
  readonly #nodes: Node[] = [];
  readonly #inputs: string[] = [];

  input(name: string, dtype: DType, shape: Shape): string {
    this.#values.set(name, { name, dtype, shape });
    this.#inputs.push(name);
    return name;
  }

  constant(dtype: DType, shape: Shape, values: ArrayLike<number>): string {
    const name = `constant${this.#values.size}`;
    this.#values.set(name, { name, ...tensor(dtype, shape, values) });
    return name;
  }

  /** Adds a node and gives its first output; the others are `<output>.1` and so on. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string {
    const definition = opRegistry.get(op)!;
    const infos = inputs.map((name) => (name ? this.#values.get(name) : undefined));
    const attrs = Object.fromEntries(
      Object.entries(definition.attributes).map(([name, read]) => [name, read(attributes[name], name)]),
    );
    const name = `${op}${this.#nodes.length}`;
    const names = definition.infer(infos, attrs, outputs).map((info, i) => {
      const output = i === 0 ? `${name}.y` : `${name}.y.${i}`;
      this.#values.set(output, { name: output, dtype: info.dtype, shape: info.shape });
      return output;
    });
    this.#nodes.push({ name, op, inputs, outputs: names.slice(0, outputs), attrs, origin: [name] });
    return names[0];
  }

  quantize(x: string, scale: number, zeroPoint = 0, dtype: DType = "int8"): string {
    return this.node("QuantizeLinear", [x, ...this.#parameters(scale, zeroPoint, dtype)]);
  }

  dequantize(x: string, scale: number, zeroPoint = 0): string {
    return this.node("DequantizeLinear", [
      x,
      ...this.#parameters(scale, zeroPoint, this.#values.get(x)!.dtype),
    ]);
  }

  /** Q, then DQ. */
  pair(x: string, scale: number, zeroPoint = 0, dtype: DType = "int8"): string {
    return this.dequantize(this.quantize(x, scale, zeroPoint, dtype), scale, zeroPoint);
  }

  /** A constant behind DequantizeLinear. */
  weights(dtype: DType, shape: Shape, values: readonly number[], scale: number, zeroPoint = 0): string {
    return this.dequantize(this.constant(dtype, shape, values), scale, zeroPoint);
  }

  graph(...outputs: string[]): Graph<"onnx"> {
    const graph: Graph<"onnx"> = {
      stage: "onnx",
      name: "test",
      inputs: this.#inputs,
      outputs,
      values: this.#values,
      nodes: this.#nodes,
    };
    verifyGraph(graph, "the test's own graph");
    return graph;
  }

  #parameters(scale: number, zeroPoint: number, dtype: DType): string[] {
    return [this.constant("float32", [], [scale]), this.constant(dtype, [], [zeroPoint])];
  }
}

export const context = { diagnostics: new Diagnostics() };

export const runPass = (pass: Pass<"onnx">, graph: Graph<"onnx">): Graph<"onnx"> => {
  const result = pass.run(graph, context);
  verifyGraph(result, pass.name);
  return result;
};

export const quantized = (graph: Graph<"onnx">): Graph<"quantized"> => quantize(graph, context);

export const operators = (graph: Graph): string[] => graph.nodes.map((node) => node.op);

/** Pseudo-random inputs: multiples of 1/8 within +-8, or small integers. */
export function inputsOf(graph: Graph, seed = 1): Record<string, Tensor> {
  let state = seed;
  const next = (range: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % range;
  };
  return Object.fromEntries(
    graph.inputs.map((name) => {
      const { dtype, shape } = graph.values.get(name)!;
      const values = Array.from({ length: numel(shape) }, () =>
        dtype === "float32" ? (next(129) - 64) / 8 : next(20) - (dtype.startsWith("u") ? 0 : 10),
      );
      return [name, tensor(dtype, shape, values)];
    }),
  );
}

/** The outputs of both graphs on the same inputs, for `toEqual`. */
export function outputsOf(graph: Graph<"onnx"> | Graph<"quantized">, seed = 1): (number | bigint)[][] {
  const results = evaluate(graph, inputsOf(graph, seed));
  return Object.values(results).map((t) => Array.from(t.data as ArrayLike<number | bigint>));
}
