import type { Diagnostics } from "../diagnostics/diagnostic.js";
import { prune } from "../ir/editor.js";
import { type Graph, getValue } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { opRegistry, references } from "../ops/registry.js";
import { bindInputs } from "./bind-inputs.js";
import { decodeModel } from "./decode.js";
import type { ReadExternal } from "./external-data.js";
import { importBody } from "./import-body.js";
import { type ImportedNode, type ImportState, Scope } from "./import-state.js";
import { resolveOutputs } from "./outputs.js";
import { danglingValues } from "./refused.js";

export type { ImportedNode } from "./import-state.js";

export interface ImportOptions {
  /** Shapes of inputs by name, for those with symbolic or unknown dimensions. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that are decided while compiling, by name: they become constants. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Reads tensor data that the model keeps in other files. */
  readonly readExternal?: ReadExternal;
  /** Told of every node of the model and what became of it. */
  readonly onNode?: (node: ImportedNode) => void;
}

/**
 * Stage 1: ONNX bytes to a graph in which every shape is known, every operator has its newest form,
 * whatever depends on constants only is a constant, and exporter noise is gone. Constant weights and
 * biases stay behind their DequantizeLinear, which stage 2 needs to see.
 *
 * Everything that is wrong or not supported is added to the diagnostics; where that holds an error, the
 * graph is what could be imported, for later stages to look at. Throws a `ModelError` where the file as a
 * whole cannot be read.
 */
export function importOnnx(
  bytes: Uint8Array,
  options: ImportOptions,
  diagnostics: Diagnostics,
): Graph<"onnx"> {
  const model = decodeModel(bytes, { diagnostics, readExternal: options.readExternal });
  const state: ImportState = {
    model,
    definitions: opRegistry,
    references,
    diagnostics,
    values: new Map(),
    nodes: [],
    nodeNames: new Set(),
    standIns: [],
    onNode: options.onNode,
    suffixes: new Map(),
    sequences: new Map(),
    calls: [],
    spent: { foldedBytes: 0, bodies: 0 },
  };
  const scope = new Scope();
  const inputs = bindInputs(model.graph, options.shapes ?? {}, options.constants ?? {}, diagnostics);
  for (const { name, value } of inputs) {
    if (value) state.values.set(name, value);
    scope.define(name, value?.name);
  }
  importBody(model.graph, scope, state);
  const outputs = resolveOutputs(model.graph, scope, state);
  const bound = inputs.flatMap(({ value }) => (value && !value.data ? [value] : []));
  const ports = [...bound, ...state.standIns.map((name) => getValue(state, name))];
  const results = diagnostics.hasErrors ? [...outputs, ...danglingValues(state, outputs)] : outputs;
  return prune({
    stage: "onnx",
    name: model.graph.name || "model",
    inputs: ports.map(({ name }) => name),
    outputs: results.map(({ value }) => value),
    values: state.values,
    nodes: state.nodes,
    ports: { inputs: ports, outputs: results.map(({ port }) => port) },
  });
}
