import type { Tensor } from "../ir/tensor.js";

/** An ONNX model as the file has it, in plain data: nothing bound, upgraded or checked for meaning. */
export interface OnnxModel {
  readonly irVersion: number;
  /** Opset version by domain; "ai.onnx" is spelled "". */
  readonly opsets: ReadonlyMap<string, number>;
  /** Local functions, by `domain.name`. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly graph: OnnxGraph;
}

/** A function that the model defines; its nodes may refer to the attributes of the node that calls it. */
export interface OnnxFunction {
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes that a call may leave out. */
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  /** Its inputs and outputs have names only. */
  readonly body: OnnxGraph;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Declared types and shapes of values in between. */
  readonly values: readonly OnnxValueInfo[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
}

/** `tensor` is undefined where its data could not be decoded, which has been reported. */
interface OnnxInitializer {
  readonly name: string;
  readonly tensor: OnnxTensor | undefined;
}

/** A declared input or output. */
export interface OnnxValueInfo {
  readonly name: string;
  /** TensorProto.DataType; undefined if the value is no tensor (`kind` says what it is). */
  readonly dataType: number | undefined;
  readonly kind: "tensor" | "sequence" | "map" | "optional" | "sparse tensor" | "untyped";
  /** Numbers are fixed, strings symbolic, undefined unknown. Undefined if even the rank is unknown. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

export interface OnnxNode {
  readonly name: string;
  /** "ai.onnx" is spelled "". */
  readonly domain: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** Attributes that could not be decoded, which has been reported. */
  readonly broken: boolean;
}

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | OnnxTensor
  | readonly OnnxTensor[]
  | Subgraph
  | AttributeReference
  | UnsupportedAttribute;

export interface Subgraph {
  readonly kind: "graph";
  readonly graphs: readonly OnnxGraph[];
}

/** In a function: the calling node's attribute of this name. */
export interface AttributeReference {
  readonly kind: "reference";
  readonly attribute: string;
}

/** An attribute type without plain data, e.g. a sparse tensor. */
interface UnsupportedAttribute {
  readonly kind: "unsupported";
  readonly type: string;
}

/** `encoding` remembers a 16-bit float type of the file: the data holds its values as float32. */
export interface OnnxTensor extends Tensor {
  readonly encoding?: "FLOAT16" | "BFLOAT16";
}

/** A node as messages name it: its own name, or its operator and first output where it has none. */
export const describeNode = (node: Pick<OnnxNode, "name" | "opType" | "outputs">): string =>
  node.name || `${node.opType || "node"} -> ${node.outputs.find((o) => o) ?? "nothing"}`;
