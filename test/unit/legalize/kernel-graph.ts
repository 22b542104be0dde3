import type { DType } from "../../../src/ir/dtype.js";
import type { Attributes, Graph, Node, Value } from "../../../src/ir/graph.js";
import { type Shape, type Tensor, tensor } from "../../../src/ir/tensor.js";
import { verifyGraph } from "../../../src/ir/verify.js";
import type { ConvAttributes } from "../../../src/ops/conv/kernel-op.js";
import { opRegistry, references } from "../../../src/ops/registry.js";
import type { Requantize } from "../../../src/ops/requantize.js";
import { inputsOf } from "../quantize/build-graph.js";

/** Builds graphs of kernel-stage operators, channels last. */
export class KernelGraphBuilder {
  readonly #values = new Map<string, Value>();
  readonly #nodes: Node[] = [];
  readonly #inputs: string[] = [];

  input(shape: Shape, dtype: DType = "int8"): string {
    const name = `x${this.#inputs.length}`;
    this.#values.set(name, { name, dtype, shape });
    this.#inputs.push(name);
    return name;
  }

  constant(dtype: DType, shape: Shape, values: readonly number[]): string {
    const name = `constant${this.#values.size}`;
    this.#values.set(name, { name, ...tensor(dtype, shape, values) });
    return name;
  }

  node(op: string, inputs: readonly string[], attrs: Attributes = {}, shape?: Shape): string {
    const name = `${op}.${this.#nodes.length}`;
    const infos = inputs.map((input) => this.#values.get(input));
    const [info] = opRegistry.get(op)!.infer(infos, attrs, 1);
    this.#values.set(name, { name, dtype: info.dtype, shape: shape ?? info.shape });
    this.#nodes.push({ name, op, inputs, outputs: [name], attrs, origin: [name] });
    return name;
  }

  /** A convolution with weights [OC, ...kernel, C/group], 1-D or 2-D, and requantization by 1/16 unless told otherwise. */
  conv(
    x: string,
    weights: { readonly shape: Shape; readonly data: readonly number[]; readonly dtype?: DType },
    bias: readonly number[] | undefined,
    attrs: Partial<Omit<ConvAttributes, "output">> & { readonly output?: Partial<Requantize> } = {},
  ): string {
    const rank = weights.shape.length - 2;
    const fill = (count: number, value: number) => new Array<number>(count).fill(value);
    const inputs = [x, this.constant(weights.dtype ?? "int8", weights.shape, weights.data)];
    if (bias) inputs.push(this.constant("int32", [bias.length], bias));
    const full: ConvAttributes = {
      strides: fill(rank, 1),
      dilations: fill(rank, 1),
      pads: fill(2 * rank, 0),
      group: 1,
      xZeroPoint: 0,
      wZeroPoints: [0],
      ...attrs,
      output: {
        kind: "requantize",
        dtype: "int8",
        scales: [1 / 16],
        zeroPoint: 0,
        min: -128,
        max: 127,
        ...attrs.output,
      },
    };
    return this.node("vcgen.Conv", inputs, full);
  }

  graph(...outputs: string[]): Graph<"kernel"> {
    const values = this.#values;
    const graph: Graph<"kernel"> = {
      stage: "kernel",
      name: "test",
      inputs: this.#inputs,
      outputs,
      values,
      nodes: this.#nodes,
    };
    verifyGraph(graph, "the test's own graph");
    return graph;
  }
}

/** Outputs of a kernel-stage graph by the references of its operators. */
export function outputsOf(graph: Graph<"kernel">, seed: number): number[][] {
  const tensors = new Map<string, Tensor>(Object.entries(inputsOf(graph, seed)));
  for (const { name, dtype, shape, data } of graph.values.values())
    if (data) tensors.set(name, { dtype, shape, data });
  for (const { op, inputs, outputs, attrs } of graph.nodes) {
    const operands = inputs.map((name) => tensors.get(name));
    const { shape } = graph.values.get(outputs[0])!;
    const [result] = op === "vcgen.View" ? operands : references.get(op)!(operands, attrs, 1);
    tensors.set(outputs[0], { ...result!, shape });
  }
  return graph.outputs.map((name) => Array.from(tensors.get(name)!.data as Int8Array));
}
