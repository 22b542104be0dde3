import type { Port, Value } from "../ir/graph.js";
import { dataTypeName, onnxDataType } from "../ops/data-type.js";
import type { ImportState, Scope } from "./import-state.js";
import type { OnnxGraph, OnnxValueInfo } from "./model.js";

/**
 * The values behind the graph's outputs, and the outputs as the model names them: the value is another
 * where an Identity before the output was removed. It may be an input, a constant or another output.
 */
export function resolveOutputs(
  graph: OnnxGraph,
  scope: Scope,
  state: ImportState,
): { readonly value: string; readonly port: Port }[] {
  const { diagnostics, values } = state;
  if (graph.outputs.length === 0) {
    diagnostics.error("import/no-outputs", "the graph has no outputs", { origin: "graph.output" });
  }
  return graph.outputs.flatMap((output, i) => {
    const { name } = output;
    const origin = name || `graph.output[${i}]`;
    const found = name ? scope.lookup(name) : undefined;
    if (!found) {
      diagnostics.error("import/undefined-value", "the output is computed by no node", { origin });
    } else if (graph.outputs.findIndex((o) => o.name === name) < i) {
      diagnostics.error("import/duplicate-name", "is given as an output twice", { origin });
    }
    if (found?.value && state.sequences.has(found.value)) {
      diagnostics.error("import/unsupported-type", "outputs that are sequences are not supported", {
        origin,
        hint: "export the model with tensors as outputs only",
      });
    }
    const value = found?.value === undefined ? undefined : values.get(found.value);
    if (!value) return [];
    checkDeclared(output, value, state);
    return [{ value: value.name, port: { name, dtype: value.dtype, shape: value.shape } }];
  });
}

/** ONNX Runtime, too, refuses another type than declared, but only warns of another shape. */
function checkDeclared({ name, dataType, shape }: OnnxValueInfo, value: Value, state: ImportState): void {
  if (dataType && onnxDataType(dataType)?.dtype !== value.dtype) {
    state.diagnostics.error(
      "import/output-type",
      `the output is declared as ${dataTypeName(dataType)} but computed as ${value.dtype}`,
      { origin: name },
    );
  }
  if (!shape) return;
  const differs = shape.some((dim, i) => typeof dim === "number" && dim !== value.shape[i]);
  if (differs || shape.length !== value.shape.length) {
    const declared = shape.map((dim) => dim ?? "?").join(",");
    state.diagnostics.warning(
      "import/output-shape",
      `the output is declared as [${declared}] but computed as [${value.shape.join(",")}]`,
      { origin: name },
    );
  }
}
