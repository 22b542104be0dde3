/**
 * The ONNX protobuf messages (onnx.proto3, ONNX 1.20): for each field number its name and how it is
 * written. `name` is text that identifies something and must be UTF-8; other text and bytes are
 * `bytes`. The plural kinds are repeated, packed or not. Anything else is the type of a nested message.
 * Fields not listed here are skipped.
 */
export type FieldKind =
  | "int32"
  | "int32s"
  | "int64"
  | "int64s"
  | "float"
  | "floats"
  | "doubles"
  | "bytes"
  | "name"
  | MessageName;

export type MessageName =
  | "Model"
  | "Graph"
  | "Node"
  | "Attribute"
  | "ValueInfo"
  | "Tensor"
  | "SparseTensor"
  | "Segment"
  | "Type"
  | "TensorType"
  | "Sequence"
  | "Map"
  | "Optional"
  | "Shape"
  | "Dimension"
  | "Opset"
  | "Entry"
  | "Annotation"
  | "Function"
  | "Training";

type Fields = Readonly<Record<number, readonly [name: string, kind: FieldKind]>>;

export const messages: Readonly<Record<MessageName, Fields>> = {
  Model: {
    1: ["ir_version", "int64"],
    2: ["producer_name", "bytes"],
    3: ["producer_version", "bytes"],
    4: ["domain", "bytes"],
    5: ["model_version", "int64"],
    6: ["doc_string", "bytes"],
    7: ["graph", "Graph"],
    8: ["opset_import", "Opset"],
    14: ["metadata_props", "Entry"],
    20: ["training_info", "Training"],
    25: ["functions", "Function"],
  },
  Graph: {
    1: ["node", "Node"],
    2: ["name", "name"],
    5: ["initializer", "Tensor"],
    10: ["doc_string", "bytes"],
    11: ["input", "ValueInfo"],
    12: ["output", "ValueInfo"],
    13: ["value_info", "ValueInfo"],
    14: ["quantization_annotation", "Annotation"],
    15: ["sparse_initializer", "SparseTensor"],
  },
  Node: {
    1: ["input", "name"],
    2: ["output", "name"],
    3: ["name", "name"],
    4: ["op_type", "name"],
    5: ["attribute", "Attribute"],
    6: ["doc_string", "bytes"],
    7: ["domain", "name"],
    8: ["overload", "bytes"],
  },
  Attribute: {
    1: ["name", "name"],
    2: ["f", "float"],
    3: ["i", "int64"],
    4: ["s", "bytes"],
    5: ["t", "Tensor"],
    6: ["g", "Graph"],
    7: ["floats", "floats"],
    8: ["ints", "int64s"],
    9: ["strings", "bytes"],
    10: ["tensors", "Tensor"],
    11: ["graphs", "Graph"],
    13: ["doc_string", "bytes"],
    14: ["tp", "Type"],
    15: ["type_protos", "Type"],
    20: ["type", "int32"],
    21: ["ref_attr_name", "bytes"],
    22: ["sparse_tensor", "SparseTensor"],
    23: ["sparse_tensors", "SparseTensor"],
  },
  ValueInfo: { 1: ["name", "name"], 2: ["type", "Type"], 3: ["doc_string", "bytes"] },
  Tensor: {
    1: ["dims", "int64s"],
    2: ["data_type", "int32"],
    3: ["segment", "Segment"],
    4: ["float_data", "floats"],
    5: ["int32_data", "int32s"],
    6: ["string_data", "bytes"],
    7: ["int64_data", "int64s"],
    8: ["name", "name"],
    9: ["raw_data", "bytes"],
    10: ["double_data", "doubles"],
    11: ["uint64_data", "int64s"],
    12: ["doc_string", "bytes"],
    13: ["external_data", "Entry"],
    14: ["data_location", "int32"],
  },
  SparseTensor: { 1: ["values", "Tensor"], 2: ["indices", "Tensor"], 3: ["dims", "int64s"] },
  Segment: { 1: ["begin", "int64"], 2: ["end", "int64"] },
  Type: {
    1: ["tensor_type", "TensorType"],
    4: ["sequence_type", "Sequence"],
    5: ["map_type", "Map"],
    6: ["denotation", "bytes"],
    8: ["sparse_tensor_type", "TensorType"],
    9: ["optional_type", "Optional"],
  },
  TensorType: { 1: ["elem_type", "int32"], 2: ["shape", "Shape"] },
  Sequence: { 1: ["elem_type", "Type"] },
  Map: { 1: ["key_type", "int32"], 2: ["value_type", "Type"] },
  Optional: { 1: ["elem_type", "Type"] },
  Shape: { 1: ["dim", "Dimension"] },
  Dimension: { 1: ["dim_value", "int64"], 2: ["dim_param", "name"], 3: ["denotation", "bytes"] },
  Opset: { 1: ["domain", "name"], 2: ["version", "int64"] },
  Entry: { 1: ["key", "bytes"], 2: ["value", "bytes"] },
  Annotation: { 1: ["tensor_name", "bytes"], 2: ["quant_parameter_tensor_names", "Entry"] },
  Function: {
    1: ["name", "name"],
    4: ["input", "bytes"],
    5: ["output", "bytes"],
    6: ["attribute", "bytes"],
    7: ["node", "Node"],
    8: ["doc_string", "bytes"],
    9: ["opset_import", "Opset"],
    10: ["domain", "name"],
    11: ["attribute_proto", "Attribute"],
    13: ["overload", "bytes"],
  },
  Training: {
    1: ["initialization", "Graph"],
    2: ["algorithm", "Graph"],
    3: ["initialization_binding", "Entry"],
    4: ["update_binding", "Entry"],
  },
};
