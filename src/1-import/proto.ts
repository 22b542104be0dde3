import onnxProto, { type onnx } from "onnx-proto";
import protobuf from "protobufjs/minimal.js";
import { checkWire } from "./check-wire.js";

/** The messages as onnx-proto gives them: the only file that knows the library. */
export type { onnx } from "onnx-proto";

// A Buffer over the same memory: its text decodes faster than a Uint8Array's.
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Throws a `ModelError` naming the field where the bytes are no ModelProto. */
export function parseModel(bytes: Uint8Array): onnx.ModelProto {
  checkWire(bytes, "Model");
  return onnxProto.onnx.ModelProto.decode(asBuffer(bytes));
}

/**
 * The default attributes of each function of a ModelProto that `parseModel` has accepted: a field newer
 * than onnx-proto (`functions` is field 25 of a model, `attribute_proto` field 11 of a function).
 */
export function parseFunctionDefaults(bytes: Uint8Array): onnx.IAttributeProto[][] {
  return messagesAt(bytes, 25).map((f) =>
    messagesAt(f, 11).map((attribute) => onnxProto.onnx.AttributeProto.decode(asBuffer(attribute))),
  );
}

/** The messages in one field of a message. */
function messagesAt(bytes: Uint8Array, field: number): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === field) found.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return found;
}

/** Throws a `ModelError` naming the field where the bytes are no TensorProto. */
export function parseTensor(bytes: Uint8Array): onnx.TensorProto {
  checkWire(bytes, "Tensor");
  return onnxProto.onnx.TensorProto.decode(asBuffer(bytes));
}
