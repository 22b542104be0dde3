import { type DType, isQuantDType } from "../ir/dtype.js";
import { constantOf, consumers, type Graph, getValue, type Node, producers } from "../ir/graph.js";
import { numel, type Tensor, toNumbers } from "../ir/tensor.js";

/** A QuantizeLinear or DequantizeLinear node with its operands by name; `zeroPoint` is "" where it is left out. */
export interface Qdq {
  readonly node: Node;
  /** The quantized tensor: x of DequantizeLinear, y of QuantizeLinear. */
  readonly quantized: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** One scale and one zero point for a whole tensor, both known. */
export interface PerTensor {
  readonly dtype: DType;
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * A graph with Q/DQ pairs as the passes of this stage ask about it.
 *
 * ONNX Runtime gives every consumer of a DequantizeLinear one of its own before it fuses anything, so
 * that a DequantizeLinear with three readers counts as three readers of the quantized tensor here, too.
 */
export class QdqView {
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #outputs: ReadonlySet<string>;

  /** `before`: the graph in which ONNX Runtime chooses types, if `graph` was changed since. */
  constructor(
    readonly graph: Graph,
    readonly before?: QdqView,
  ) {
    this.#producers = producers(graph);
    this.#consumers = consumers(graph);
    this.#outputs = new Set(graph.outputs);
  }

  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  /** Nodes that read a value, once for each input that does. */
  readers(value: string): readonly Node[] {
    return this.#consumers.get(value) ?? [];
  }

  isOutput(value: string): boolean {
    return this.#outputs.has(value);
  }

  constant(name: string): Tensor | undefined {
    return constantOf(this.graph, name);
  }

  dtype(name: string): DType {
    return getValue(this.graph, name).dtype;
  }

  /** The DequantizeLinear that computes a value. */
  dequantizeOf(value: string): Qdq | undefined {
    const node = this.producer(value);
    if (node?.op !== "DequantizeLinear") return undefined;
    return { node, quantized: node.inputs[0], scale: node.inputs[1], zeroPoint: node.inputs[2] ?? "" };
  }

  /** The QuantizeLinear that is the only reader of a value, which is no graph output. */
  quantizeOf(value: string): Qdq | undefined {
    const [node, ...others] = this.readers(value);
    if (node?.op !== "QuantizeLinear" || node.inputs[0] !== value) return undefined;
    if (others.length > 0 || this.isOutput(value)) return undefined;
    return asQuantize(node);
  }

  /** Scale and zero point of a Q or DQ, if they are constants for the whole tensor. */
  perTensor(qdq: Qdq): PerTensor | undefined {
    const scale = this.#scalar(qdq.scale);
    const zeroPoint = qdq.zeroPoint ? this.#scalar(qdq.zeroPoint) : 0;
    if (scale === undefined || zeroPoint === undefined || qdq.node.attrs.block_size) return undefined;
    return { dtype: this.dtype(qdq.quantized), scale, zeroPoint };
  }

  #scalar(name: string): number | undefined {
    const constant = this.constant(name);
    if (!constant || constant.shape.length > 1 || numel(constant.shape) !== 1) return undefined;
    return toNumbers(constant)[0];
  }

  /**
   * The type in which ONNX Runtime on x86 computes on a quantized tensor: int8 becomes uint8 where a
   * QuantizeLinear gives it to one reader only, a DequantizeLinear with the same zero point. Tensors with
   * several readers, graph inputs and constants stay int8, which its Conv and MatMul refuse.
   */
  computedType(quantized: string): DType {
    if (this.before?.graph.values.has(quantized)) return this.before.computedType(quantized);
    const dtype = this.dtype(quantized);
    const producer = this.producer(quantized);
    if (dtype !== "int8" || producer?.op !== "QuantizeLinear" || this.isOutput(quantized)) return dtype;
    const [reader, ...others] = this.readers(quantized);
    if (others.length > 0 || reader?.op !== "DequantizeLinear") return dtype;
    const [output] = reader.outputs;
    if (this.readers(output).length + Number(this.isOutput(output)) !== 1) return dtype;
    const zeroPoint = producer.inputs[2] && this.#scalar(producer.inputs[2]);
    const other = reader.inputs[2] ? this.#scalar(reader.inputs[2]) : 0;
    return typeof zeroPoint === "number" && zeroPoint === other ? "uint8" : dtype;
  }
}

export const asQuantize = (node: Node): Qdq => ({
  node,
  quantized: node.outputs[0],
  scale: node.inputs[1],
  zeroPoint: node.inputs[2] ?? "",
});

export const samePerTensor = (a: PerTensor | undefined, b: PerTensor | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.dtype === b.dtype &&
  a.scale === b.scale &&
  a.zeroPoint === b.zeroPoint;

export const is8Bit = (dtype: DType): boolean => dtype === "int8" || dtype === "uint8";

/** Types a quantized weight may have in integer arithmetic. */
export const isWeightType = (dtype: DType): boolean =>
  isQuantDType(dtype) && dtype !== "int16" && dtype !== "uint16";
