import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { Node, Value } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import type { OpDefinition, Reference } from "../ops/op.js";
import { describeNode, type OnnxModel, type OnnxNode } from "./model.js";

/** A node of the model and what became of it. */
export interface ImportedNode {
  /** "ai.onnx" is spelled "". */
  readonly domain: string;
  readonly opType: string;
  /** Of its domain, as the model declares it. */
  readonly opset: number | undefined;
  /** As messages name it. */
  readonly name: string;
  /**
   * `kept` as the graph's node `origin`; `folded` into a constant, or found to do nothing; `refused`, with a
   * diagnostic; `unreached` behind a refused node whose results have no declared type.
   */
  readonly became: "kept" | "folded" | "refused" | "unreached";
  readonly origin?: string;
}

/** What is built up while a model is imported. */
export interface ImportState {
  readonly model: OnnxModel;
  readonly definitions: ReadonlyMap<string, OpDefinition>;
  readonly references: ReadonlyMap<string, Reference>;
  readonly diagnostics: Diagnostics;
  readonly values: Map<string, Value>;
  readonly nodes: Node[];
  readonly nodeNames: Set<string>;
  /** Values in the place of what refused nodes would compute, so that the nodes behind them can be looked at. */
  readonly standIns: string[];
  readonly onNode?: (node: ImportedNode) => void;
  /** The suffix last given to make a name unique, by name. */
  readonly suffixes: Map<string, number>;
  /** Lists of values that sequences stand for, by the name of the sequence. */
  readonly sequences: Map<string, readonly string[]>;
  /** Local functions that are being inlined, outermost first. */
  readonly calls: readonly string[];
  /** What a few bytes of a hostile model could make grow without bounds. */
  readonly spent: {
    /** Memory taken by constants that are not in the file. */
    foldedBytes: number;
    /** Bodies of functions and loops that were put in place. */
    bodies: number;
  };
}

/**
 * What the names in an ONNX graph stand for: names of values in the result. A branch's scope lies
 * inside that of the graph around it.
 */
export class Scope {
  readonly #names = new Map<string, string | undefined>();

  constructor(readonly parent?: Scope) {}

  /** `value` is undefined where a name is defined, but by something that has been reported. */
  define(name: string, value: string | undefined): void {
    this.#names.set(name, value);
  }

  /** Undefined if the name is not defined at all. */
  lookup(name: string): { readonly value: string | undefined } | undefined {
    if (this.#names.has(name)) return { value: this.#names.get(name) };
    return this.parent?.lookup(name);
  }
}

/** Adds a value under the given name, or one derived from it where that is taken. */
export function addValue(state: ImportState, base: string, value: Omit<Value, "name">): string {
  const name = uniqueName(state, base, (n) => state.values.has(n));
  state.values.set(name, { name, ...value });
  return name;
}

export const addConstant = (state: ImportState, base: string, { dtype, shape, data }: Tensor): string =>
  addValue(state, base, { dtype, shape, data });

export function addNode(state: ImportState, node: Omit<Node, "origin">): void {
  const name = uniqueName(state, node.name, (n) => state.nodeNames.has(n));
  state.nodeNames.add(name);
  state.nodes.push({ ...node, name, origin: [name] });
}

function uniqueName({ suffixes }: ImportState, base: string, taken: (name: string) => boolean): string {
  if (!taken(base)) return base;
  for (let i = (suffixes.get(base) ?? 1) + 1; ; i++) {
    suffixes.set(base, i);
    if (!taken(`${base}_${i}`)) return `${base}_${i}`;
  }
}

/** Reports an error about a node; gives undefined, for functions that then give nothing. */
export function reportAt(
  { diagnostics }: ImportState,
  node: OnnxNode,
  code: string,
  message: string,
  hint?: string,
): undefined {
  diagnostics.error(code, message, { origin: describeNode(node), hint });
}
