import { type DecodeContext, decodeTensor } from "./decode-tensor.js";
import type { OnnxAttribute, OnnxGraph, OnnxTensor } from "./model.js";
import type { onnx } from "./proto.js";

/** AttributeProto.AttributeType by number, with the field that carries the value. */
const types: Readonly<Record<number, readonly [name: string, field: keyof onnx.IAttributeProto]>> = {
  1: ["FLOAT", "f"],
  2: ["INT", "i"],
  3: ["STRING", "s"],
  4: ["TENSOR", "t"],
  5: ["GRAPH", "g"],
  6: ["FLOATS", "floats"],
  7: ["INTS", "ints"],
  8: ["STRINGS", "strings"],
  9: ["TENSORS", "tensors"],
  10: ["GRAPHS", "graphs"],
  11: ["SPARSE_TENSOR", "sparseTensor"],
  12: ["SPARSE_TENSORS", "sparseTensors"],
  13: ["TYPE_PROTO", "tp"],
  14: ["TYPE_PROTOS", "typeProtos"],
};

/**
 * The attributes of a node as plain data. `broken` is set, after reporting why, if one of them could
 * not be read.
 */
export function decodeAttributes(
  protos: readonly onnx.IAttributeProto[],
  node: string,
  context: DecodeContext,
  decodeGraph: (graph: onnx.IGraphProto, attribute: string) => OnnxGraph,
): { values: Map<string, OnnxAttribute>; broken: boolean } {
  const values = new Map<string, OnnxAttribute>();
  let broken = false;
  const report = (code: string, message: string): void => {
    context.diagnostics.error(code, message, { origin: node });
    broken = true;
  };
  for (const proto of protos) {
    const name = proto.name ?? "";
    if (values.has(name)) report("import/duplicate-attribute", `attribute "${name}" is given twice`);
    const type = types[proto.type ?? 0] ?? guessType(proto);
    if (proto.refAttrName && context.inFunction) {
      values.set(name, { kind: "reference", attribute: proto.refAttrName });
    } else if (proto.refAttrName) {
      report("import/attribute-type", `attribute "${name}" refers to a function's "${proto.refAttrName}"`);
    } else if (!type || isMissing(proto, type[1])) {
      report(
        "import/attribute-type",
        `attribute "${name}" has no value of its type ${type?.[0] ?? proto.type}`,
      );
    } else {
      const value = decodeValue(proto, type, `${node}, attribute "${name}"`, context, decodeGraph);
      if (value === undefined) broken = true;
      else values.set(name, value);
    }
  }
  return { values, broken };
}

const has = (proto: onnx.IAttributeProto, field: keyof onnx.IAttributeProto): boolean => {
  const value = proto[field];
  return Array.isArray(value) ? value.length > 0 : Object.hasOwn(proto, field);
};

/** Files of IR version 1 leave the type out. */
const guessType = (proto: onnx.IAttributeProto) =>
  proto.type ? undefined : Object.values(types).find(([, field]) => has(proto, field));

/** A list may be empty and a number or text 0 and "", but then no other field can be there. */
const isMissing = (proto: onnx.IAttributeProto, field: keyof onnx.IAttributeProto): boolean =>
  !has(proto, field) &&
  (field === "t" || field === "g" || Object.values(types).some(([, f]) => has(proto, f)));

const utf8 = new TextDecoder();

/**
 * Beyond 2^53 integers lose precision; the largest ones, which mean "to the end", must not become 2^63,
 * which is no int64.
 */
const toNumber = (value: number | { toString(): string }): number => Math.min(Number(value), 2 ** 63 - 1024);

function decodeValue(
  proto: onnx.IAttributeProto,
  [type, field]: (typeof types)[number],
  origin: string,
  context: DecodeContext,
  decodeGraph: (graph: onnx.IGraphProto, attribute: string) => OnnxGraph,
): OnnxAttribute | undefined {
  switch (field) {
    case "f":
      return proto.f ?? 0;
    case "i":
      return toNumber(proto.i ?? 0);
    case "s":
      return utf8.decode(proto.s ?? new Uint8Array());
    case "floats":
      return proto.floats ?? [];
    case "ints":
      return (proto.ints ?? []).map(toNumber);
    case "strings":
      return (proto.strings ?? []).map((s) => utf8.decode(s));
    case "t":
      return decodeTensor(proto.t!, origin, context);
    case "tensors": {
      const tensors = proto.tensors!.map((t) => decodeTensor(t, origin, context));
      return tensors.includes(undefined) ? undefined : (tensors as OnnxTensor[]);
    }
    case "g":
      return { kind: "graph", graphs: [decodeGraph(proto.g!, proto.name ?? "")] };
    case "graphs":
      return { kind: "graph", graphs: proto.graphs!.map((g) => decodeGraph(g, proto.name ?? "")) };
    default:
      return { kind: "unsupported", type };
  }
}
