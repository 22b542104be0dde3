import type { OpDefinition } from "../ops/op.js";
import { operatorHint } from "./hints.js";
import { type ImportState, reportAt } from "./import-state.js";
import type { OnnxNode } from "./model.js";

/**
 * The definition of a node's operator, and the opset whose form the node has. Operators of
 * com.microsoft that only repeat a standard one, such as QuantizeLinear, take the standard definition.
 * Undefined after reporting that there is none.
 */
export function findDefinition(
  node: OnnxNode,
  state: ImportState,
): { readonly definition: OpDefinition; readonly opset: number } | undefined {
  const { domain, opType } = node;
  const { definitions, model } = state;
  const key = domain ? `${domain}.${opType}` : opType;
  const standard = domain === "com.microsoft" ? definitions.get(opType) : undefined;
  const definition = definitions.get(key) ?? standard;
  if (!definition) {
    const message = opType ? `operator ${key} is not supported` : "the node names no operator";
    return reportAt(
      state,
      node,
      "import/unsupported-operator",
      message,
      opType ? operatorHint(domain, opType) : "the file is damaged: export it again",
    );
  }
  if (!definition.opsets) return { definition, opset: model.opsets.get(domain) ?? 1 };
  const [oldest, newest] = definition.opsets;
  if (domain) return { definition, opset: newest };
  const opset = model.opsets.get("");
  if (opset === undefined) {
    return reportAt(
      state,
      node,
      "import/no-opset",
      "the model does not say which opset it uses",
      "add opset_import for the domain ai.onnx",
    );
  }
  if (opset < oldest || opset > newest) {
    return reportAt(
      state,
      node,
      "import/opset",
      `${opType} of opset ${opset} is not supported; ${oldest} to ${newest} are`,
      "convert the model with onnx.version_converter, or export it with another opset",
    );
  }
  return { definition, opset };
}
