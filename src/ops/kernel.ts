import type { DType, TypedArray } from "../ir/dtype.js";
import { type Attributes, type Graph, getValue, type Node } from "../ir/graph.js";
import type { IsaName, Target } from "../target/target.js";
import type { ValueInfo } from "./op.js";

/**
 * A way to compute kernel-stage operators in C for one ISA. The scheduler asks every kernel of the
 * target's ISAs whether it takes a node, and uses the cheapest that does.
 */
export interface Kernel {
  /** Shown by `inspect` and in the generated C, e.g. `conv-pointwise-2x3`. */
  readonly name: string;
  readonly isa: IsaName;
  /** Operators it may take. */
  readonly ops: readonly string[];
  accept(node: NodeView, target: Target): Accepted | Refused;
}

/** A node with its operands looked up: what kernels decide on. */
export interface NodeView<A extends Attributes = Attributes> {
  readonly node: Node;
  readonly attrs: A;
  /** Undefined where an optional input is left out. */
  readonly inputs: readonly (ValueInfo | undefined)[];
  readonly outputs: readonly (ValueInfo | undefined)[];
}

/** The node with its operands looked up in the graph. */
export function viewNode(graph: Pick<Graph, "values">, node: Node): NodeView {
  const look = (name: string) => (name ? getValue(graph, name) : undefined);
  return { node, attrs: node.attrs, inputs: node.inputs.map(look), outputs: node.outputs.map(look) };
}

export interface Refused {
  readonly refused: string;
}

export interface Accepted {
  /** Estimated instructions for one run of the node. */
  readonly cost: number;
  /** Why this kernel fits, for `inspect` and the comment in the generated C. */
  readonly reason: string;
  /** Nodes with the same `form` become one C function, which takes their numbers as arguments. */
  readonly form?: string;
  /** Its weights take fewer bytes in flash than those of other kernels: taken unless speed is asked for. */
  readonly narrow?: boolean;
  /** Bytes of code, estimated. */
  readonly codeBytes?: number;
  /** Bytes of scratch it needs in the arena while it runs. */
  readonly scratch?: number;
  /** Indices of inputs whose memory output 0 may share from offset 0: it reads an element no later than it writes it. */
  readonly inPlace?: readonly number[];
  /** How output 0 may overlap an input that is not needed afterwards. */
  readonly overlap?: Overlap;
  /** Lines for the report, e.g. "requant: 128/128 channels fixed-point, proven". */
  readonly notes?: readonly string[];
  /** Packs weights, folds constants, and gives the C. Called once, after planning. */
  lower(): KernelCode;
}

/**
 * Output 0 may begin `distance` bytes or more before input `input` and reach into it: the kernel no longer
 * reads what it writes over.
 */
export interface Overlap {
  readonly input: number;
  readonly distance: number;
}

/**
 * The C function for a node. Two nodes whose `template`, `values` and parameter declarations are the
 * same share one function: bake a number into `values` to specialise, pass it as a `scalar` to share.
 */
export interface KernelCode {
  /** `conv/dsp` names templates/ops/conv/dsp.c.hbs, which renders the function's body. */
  readonly template: string;
  /** Parameters of the template: plain data, every name it uses. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Parameters of the C function in order, each with the argument this node passes. */
  readonly parameters: readonly KernelParameter[];
  /** Shared C helpers it calls: `math/exp` names templates/lib/math/exp.c.hbs. */
  readonly uses?: readonly string[];
  /** Runs the function once for each group of output channels, after `decode` has put their weights into scratch. */
  readonly groups?: ChannelGroups;
}

export interface ChannelGroups {
  readonly count: number;
  readonly decode: KernelCode;
}

export type KernelParameter =
  /** Pointer to const elements of input `index`. `as` reinterprets the element type. */
  | ({
      readonly kind: "input";
      readonly name: string;
      readonly index: number;
      readonly as?: string;
    } & Stepped)
  | ({
      readonly kind: "output";
      readonly name: string;
      readonly index: number;
      readonly as?: string;
    } & Stepped)
  /** Pointer to the scratch asked for in `Accepted.scratch`, plus `offset` bytes. */
  | { readonly kind: "scratch"; readonly name: string; readonly ctype: string; readonly offset?: number }
  /** Pointer to a `const` table in flash. Tables with the same contents are emitted once. */
  | ({ readonly kind: "constant"; readonly name: string } & ConstantData & Stepped)
  /** A number passed by value, written as a C expression of type `ctype`. */
  | { readonly kind: "scalar"; readonly name: string; readonly ctype: string; readonly value: string };

interface Stepped {
  /** Elements the pointer moves on from one group of channels to the next. */
  readonly step?: number;
}

export interface ConstantData {
  readonly dtype: DType;
  readonly data: TypedArray;
  /** What the table holds, for its comment: e.g. `weights, 4 output channels interleaved`. */
  readonly what: string;
  /** Bytes; 4 unless the kernel loads wider. */
  readonly align?: number;
}

export const isRefused = (answer: Accepted | Refused): answer is Refused => "refused" in answer;
