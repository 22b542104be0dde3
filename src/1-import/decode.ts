import { fail } from "../diagnostics/diagnostic.js";
import { decodeAttributes } from "./decode-attributes.js";
import { type DecodeContext, decodeTensor } from "./decode-tensor.js";
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.js";
import { describeNode } from "./model.js";
import { type onnx, parseFunctionDefaults, parseModel } from "./proto.js";

/** A protobuf message, and so an ONNX file, cannot be larger. */
const maxModelBytes = 2 ** 31 - 1;

/**
 * Decodes an ONNX file into plain data. What is wrong with single tensors and attributes is collected
 * in the diagnostics; throws a `ModelError` at once where the file as a whole cannot be read.
 */
export function decodeModel(bytes: Uint8Array, context: DecodeContext): OnnxModel {
  if (bytes.length === 0) fail("import/empty", "the file is empty", { origin: "model" });
  if (bytes.length > maxModelBytes) {
    fail("import/too-large", `the file has ${bytes.length} bytes, an ONNX file at most ${maxModelBytes}`, {
      origin: "model",
      hint: "save the model with external data",
    });
  }
  const model = parseModel(bytes);
  if (!model.graph) {
    fail("import/no-graph", "the file holds no graph", {
      origin: "graph",
      hint: "the file is incomplete or is not an ONNX model",
    });
  }
  return {
    irVersion: Number(model.irVersion),
    opsets: decodeOpsets(model.opsetImport),
    functions: decodeFunctions(bytes, model.functions ?? [], context),
    graph: decodeGraph(model.graph, "graph", context),
  };
}

const standardDomain = (domain: string | null | undefined): string =>
  !domain || domain === "ai.onnx" ? "" : domain;

const decodeOpsets = (imports: readonly onnx.IOperatorSetIdProto[]): Map<string, number> =>
  new Map(imports.map((o) => [standardDomain(o.domain), Number(o.version)]));

function decodeFunctions(
  bytes: Uint8Array,
  functions: readonly onnx.IFunctionProto[],
  context: DecodeContext,
): Map<string, OnnxFunction> {
  const result = new Map<string, OnnxFunction>();
  const defaults = functions.length > 0 ? parseFunctionDefaults(bytes) : [];
  const named = (name: string): OnnxValueInfo => ({
    name,
    kind: "untyped",
    dataType: undefined,
    shape: undefined,
  });
  functions.forEach((f, i) => {
    const key = `${standardDomain(f.domain)}.${f.name}`;
    if (result.has(key)) {
      context.diagnostics.error("import/duplicate-name", "two functions have this name", { origin: key });
    }
    result.set(key, {
      opsets: decodeOpsets(f.opsetImport ?? []),
      defaults: decodeAttributes(defaults[i], key, context, (graph, name) =>
        decodeGraph(graph, `${key}.${name}`, context),
      ).values,
      body: {
        name: key,
        inputs: (f.input ?? []).map(named),
        outputs: (f.output ?? []).map(named),
        initializers: [],
        values: [],
        nodes: (f.node ?? []).map((node) => decodeNode(node, { ...context, inFunction: true })),
      },
    });
  });
  return result;
}

function decodeGraph(graph: onnx.IGraphProto, path: string, context: DecodeContext): OnnxGraph {
  if (graph.sparseInitializer?.length) {
    context.diagnostics.error("import/unsupported-tensor", "sparse initializers are not supported", {
      origin: graph.sparseInitializer[0].values?.name || `${path}.sparse_initializer`,
      hint: "save the weights as dense tensors",
    });
  }
  return {
    name: graph.name ?? "",
    inputs: (graph.input ?? []).map(decodeValueInfo),
    outputs: (graph.output ?? []).map(decodeValueInfo),
    values: (graph.valueInfo ?? []).map(decodeValueInfo),
    initializers: (graph.initializer ?? []).map((tensor, i) => ({
      name: tensor.name ?? "",
      tensor: decodeTensor(tensor, tensor.name || `${path}.initializer[${i}]`, context),
    })),
    nodes: (graph.node ?? []).map((node) => decodeNode(node, context)),
  };
}

function decodeNode(proto: onnx.INodeProto, context: DecodeContext): OnnxNode {
  const node = {
    name: proto.name ?? "",
    domain: standardDomain(proto.domain),
    opType: proto.opType ?? "",
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
  };
  const origin = describeNode(node);
  const attributes = decodeAttributes(proto.attribute ?? [], origin, context, (graph, name) =>
    decodeGraph(graph, `${origin}.${name}`, context),
  );
  return { ...node, attributes: attributes.values, broken: attributes.broken };
}

function decodeValueInfo(proto: onnx.IValueInfoProto): OnnxValueInfo {
  const name = proto.name ?? "";
  const type = proto.type;
  const none = { name, dataType: undefined, shape: undefined };
  if (type?.tensorType) {
    const { elemType, shape } = type.tensorType;
    const dims = shape ? (shape.dim ?? []).map(decodeDimension) : undefined;
    return { name, kind: "tensor", dataType: elemType ?? 0, shape: dims };
  }
  if (type?.sequenceType) return { ...none, kind: "sequence" };
  if (type?.mapType) return { ...none, kind: "map" };
  if (type?.optionalType) return { ...none, kind: "optional" };
  if (type?.sparseTensorType) return { ...none, kind: "sparse tensor" };
  return { ...none, kind: "untyped" };
}

function decodeDimension(dim: onnx.TensorShapeProto.IDimension): number | string | undefined {
  // In protobuf an unset dim_value reads as 0; whether it is there is a property of its own.
  if (Object.hasOwn(dim, "dimValue")) return Number(dim.dimValue);
  return dim.dimParam || undefined;
}
