import { type DType, dtypeInfo } from "../ir/dtype.js";
import type { Port } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import { onnxDataType } from "../ops/data-type.js";
import { maxTensorBytes } from "./decode-tensor.js";
import { addValue, type ImportState } from "./import-state.js";
import type { OnnxNode, OnnxValueInfo } from "./model.js";

/** Indices and shapes are none of them: an operator may need these as constants, which a stand-in is not. */
const standInTypes: ReadonlySet<DType> = new Set(["float32", "int8", "uint8", "int16", "uint16"]);

/**
 * Values in the place of a refused node's outputs, of the types and shapes that the model declares, so that
 * what is behind it is looked at, too. Undefined for those with none.
 */
export function standIns(
  node: OnnxNode,
  declared: ReadonlyMap<string, OnnxValueInfo>,
  state: ImportState,
): (string | undefined)[] {
  return node.outputs.map((name) => {
    const { dataType, shape } = declared.get(name) ?? {};
    const dtype = dataType === undefined ? undefined : onnxDataType(dataType)?.dtype;
    const dims = shape?.filter((dim): dim is number => typeof dim === "number" && dim >= 0);
    if (!dtype || !standInTypes.has(dtype) || !dims || dims.length < shape!.length) return undefined;
    if (numel(dims) * dtypeInfo[dtype].bytes > maxTensorBytes) return undefined;
    const value = addValue(state, name, { dtype, shape: dims });
    state.standIns.push(value);
    return value;
  });
}

/**
 * Values that only refused nodes read: as outputs of what could be imported they keep the nodes before them.
 * What is computed from constants alone, a dequantized weight, means nothing without its reader.
 */
export function danglingValues(
  state: ImportState,
  outputs: readonly { readonly value: string }[],
): { readonly value: string; readonly port: Port }[] {
  const read = new Set([...state.nodes.flatMap((node) => node.inputs), ...outputs.map(({ value }) => value)]);
  return state.nodes
    .filter((node) => node.inputs.some((name) => name && !state.values.get(name)?.data))
    .flatMap((node) => node.outputs)
    .filter((name) => name && !read.has(name))
    .map((value) => ({ value, port: state.values.get(value)! }));
}
