import { numel, type Tensor, tensor, toNumbers } from "../ir/tensor.js";
import { addConstant, type ImportState, reportAt } from "./import-state.js";
import type { OnnxNode } from "./model.js";

/**
 * Imports a node that only says what other nodes work on. As `importNode`: values in the place of the
 * outputs, or undefined after reporting why not.
 */
export type StructuralImport = (
  node: OnnxNode,
  inputs: readonly string[],
  state: ImportState,
) => readonly string[] | undefined;

/** ONNX Constant: a tensor, or numbers that stand for a float32 or int64 tensor (from opset 12). */
const constant: StructuralImport = (node, _inputs, state) => {
  const [[name, value] = ["value", undefined], ...more] = node.attributes;
  const data = more.length === 0 ? constantTensor(name, value) : undefined;
  if (data) return [addConstant(state, node.outputs[0], data)];
  const found = [...node.attributes.keys()].join(", ") || "none";
  return reportAt(
    state,
    node,
    "import/unsupported",
    `Constant: attributes ${found}; supported is one of value, value_float(s) and value_int(s)`,
  );
};

function constantTensor(name: string, value: unknown): Tensor | undefined {
  const isNumbers = Array.isArray(value) && value.every((v) => typeof v === "number");
  if (name === "value" && value && typeof value === "object" && "dtype" in value) return value as Tensor;
  if (name === "value_float" && typeof value === "number") return tensor("float32", [], [value]);
  if (name === "value_int" && typeof value === "number") return tensor("int64", [], [value]);
  if (name === "value_floats" && isNumbers) return tensor("float32", [value.length], value);
  if (name === "value_ints" && isNumbers) return tensor("int64", [value.length], value);
  return undefined;
}

/** ONNX Identity: nothing. */
const identity: StructuralImport = (node, inputs, state) =>
  inputs[0] ? [inputs[0]] : reportAt(state, node, "import/invalid-node", `Identity has no input`);

/** ONNX Dropout, opset 7 and later, in inference: the data, and a mask that keeps everything. */
const dropout: StructuralImport = (node, inputs, state) => {
  const opset = state.model.opsets.get("") ?? 0;
  const data = state.values.get(inputs[0]);
  if (!data) return reportAt(state, node, "import/invalid-node", "Dropout has no input");
  const training = inputs[2] ? state.values.get(inputs[2])! : undefined;
  const isTraining = training && (!training.data || toNumbers(training as Tensor)[0] !== 0);
  if (isTraining || opset < 7) {
    return reportAt(
      state,
      node,
      "import/unsupported",
      `Dropout of opset ${opset}${isTraining ? " with training_mode" : ""} is not supported`,
      "export the model in evaluation mode, with opset 7 or newer",
    );
  }
  if (!node.outputs[1]) return [inputs[0]];
  const dtype = opset < 10 ? data.dtype : "bool";
  const ones: ArrayLike<number> = new Uint8Array(numel(data.shape)).fill(1);
  return [inputs[0], addConstant(state, node.outputs[1], tensor(dtype, data.shape, ones))];
};

export const structural: ReadonlyMap<string, StructuralImport> = new Map([
  ["Constant", constant],
  ["Identity", identity],
  ["Dropout", dropout],
]);
